/** *Graph · Run · Debug* above every target of a Bake file and every service that Compose builds. */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { compositionPatterns } from '../language-server/composition/patterns';
import {
  ComposedBuildsRequest,
  type ComposedBuild,
  type ComposedBuildsParams,
  type ComposedBuildsResult,
} from '../proto/messages/language-server';
import { startBuild } from './debug';
import type { ChosenProfile, Profiles } from './profile';

type Lens = {
  readonly command: string;
  readonly title: () => string;
  readonly run: (dockerfile: vscode.Uri, profile: ChosenProfile) => Thenable<unknown>;
};

export function registerCompositionLenses(
  client: LanguageClient,
  profiles: Profiles,
): vscode.Disposable {
  const lenses: readonly Lens[] = [
    {
      command: 'llbLens.composed.graph',
      title: () => vscode.l10n.t('$(type-hierarchy) Graph'),
      run: async (dockerfile, profile) => {
        await profiles.choose(dockerfile, profile);
        await showGraph(dockerfile);
      },
    },
    {
      command: 'llbLens.composed.run',
      title: () => vscode.l10n.t('$(play) Run'),
      run: async (dockerfile, profile) => {
        await showGraph(dockerfile);
        return startBuild(dockerfile, 'run', profile);
      },
    },
    {
      command: 'llbLens.composed.debug',
      title: () => vscode.l10n.t('$(debug-alt) Debug'),
      run: async (dockerfile, profile) => {
        await showGraph(dockerfile);
        return startBuild(dockerfile, 'debug', { ...profile, stopOnEntry: true });
      },
    },
  ];
  const provider: vscode.CodeLensProvider = {
    provideCodeLenses: async (document) => {
      if (!client.isRunning()) return [];
      const params: ComposedBuildsParams = {
        uri: client.code2ProtocolConverter.asUri(document.uri),
      };
      const builds = await client.sendRequest<ComposedBuildsResult>(ComposedBuildsRequest, params);
      return builds.flatMap((build) =>
        lenses.map(({ command, title }) => {
          const range = new vscode.Range(build.line - 1, 0, build.line - 1, 0);
          return new vscode.CodeLens(range, { command, title: title(), arguments: [build] });
        }),
      );
    },
  };
  const choose = async (uri: vscode.Uri): Promise<void> => {
    await vscode.workspace.openTextDocument(uri);
    const params: ComposedBuildsParams = { uri: client.code2ProtocolConverter.asUri(uri) };
    const builds = await client.sendRequest<ComposedBuildsResult>(ComposedBuildsRequest, params);
    // A file of another kind with such a name, such as installables, has a graph itself.
    if (builds.length === 0) return showGraph(uri);
    const [only, ...others] = builds;
    const chosen = others.length === 0 ? only : await pick(builds);
    if (chosen !== undefined)
      await vscode.commands.executeCommand('llbLens.composed.graph', chosen);
  };
  const selector = compositionPatterns.map((pattern) => ({ scheme: 'file', pattern }));
  return vscode.Disposable.from(
    vscode.languages.registerCodeLensProvider(selector, provider),
    ...lenses.map(({ command, run }) =>
      vscode.commands.registerCommand(command, (build: ComposedBuild) =>
        run(vscode.Uri.parse(build.dockerfile), profileOf(build)),
      ),
    ),
    vscode.commands.registerCommand('llbLens.composed.choose', choose),
  );
}

/** Whoever looks at a Bake or Compose file mostly has not opened the graph of what it builds. */
const showGraph = (dockerfile: vscode.Uri): Thenable<void> =>
  vscode.commands.executeCommand('llbLens.showGraph', dockerfile);

async function pick(builds: readonly ComposedBuild[]): Promise<ComposedBuild | undefined> {
  const items = builds.map((build) => ({
    label: build.name,
    description: vscode.workspace.asRelativePath(vscode.Uri.parse(build.dockerfile)),
    build,
  }));
  const title = vscode.l10n.t('Show the graph of which build?');
  return (await vscode.window.showQuickPick(items, { title }))?.build;
}

function profileOf({ context, target, buildArgs }: ComposedBuild): ChosenProfile {
  return {
    context: vscode.Uri.parse(context).fsPath,
    buildArgs,
    ...(target === undefined ? {} : { target }),
  };
}
