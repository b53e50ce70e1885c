/** The builds of Bake and Compose files: Dockerfiles, each with a profile of its own. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import { isCompositionPath } from '../language-server/composition/patterns';
import {
  ComposedBuildsRequest,
  type ComposedBuild,
  type ComposedBuildsParams,
  type ComposedBuildsResult,
} from '../proto/messages/language-server';
import type { ChosenProfile, Profiles } from './profile';

export const composedActions = ['graph', 'run', 'debug'] as const;
export type ComposedAction = (typeof composedActions)[number];

/** Whether a file has the name of a Bake or Compose file. */
export const isComposition = ({ path }: vscode.Uri): boolean => isCompositionPath(path);

/** The Bake or Compose file in the active editor. */
export function compositionAtHand(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri !== undefined && isComposition(uri) ? uri : undefined;
}

type StartBuild = (
  dockerfile: vscode.Uri,
  mode: 'run' | 'debug',
  attributes: ChosenProfile & { readonly stopOnEntry?: boolean },
) => Promise<unknown>;

export class ComposedBuilds {
  constructor(
    private readonly client: BaseLanguageClient,
    private readonly profiles: Profiles,
    private readonly start: StartBuild,
  ) {}

  /** Those of an open file, in its order; none while the language server is not there. */
  async of(uri: vscode.Uri): Promise<readonly ComposedBuild[]> {
    if (!this.client.isRunning()) return [];
    const params: ComposedBuildsParams = { uri: this.client.code2ProtocolConverter.asUri(uri) };
    return this.client.sendRequest<ComposedBuildsResult>(ComposedBuildsRequest, params);
  }

  async act(action: ComposedAction, build: ComposedBuild): Promise<void> {
    const dockerfile = vscode.Uri.parse(build.dockerfile);
    const profile = profileOf(build);
    if (action === 'graph') await this.profiles.choose(dockerfile, profile);
    // Whoever looks at a Bake or Compose file mostly has not opened the graph of what it builds.
    await vscode.commands.executeCommand('llbLens.showGraph', dockerfile);
    if (action === 'run') await this.start(dockerfile, 'run', profile);
    if (action === 'debug') {
      await this.start(dockerfile, 'debug', { ...profile, stopOnEntry: true });
    }
  }

  /** Asks which build is meant, where the file has several. */
  async choose(action: ComposedAction, uri: vscode.Uri): Promise<void> {
    await vscode.workspace.openTextDocument(uri); // of what is not open the server knows nothing
    const builds = await this.of(uri);
    if (builds.length === 0) {
      await vscode.window.showInformationMessage(nothingToBuild(uri));
      return;
    }
    const [only, ...others] = builds;
    const chosen = others.length === 0 ? only : await pick(action, builds);
    if (chosen !== undefined) await this.act(action, chosen);
  }
}

async function pick(
  action: ComposedAction,
  builds: readonly ComposedBuild[],
): Promise<ComposedBuild | undefined> {
  const titles: Readonly<Record<ComposedAction, string>> = {
    graph: vscode.l10n.t('Show the graph of which build?'),
    run: vscode.l10n.t('Run which build?'),
    debug: vscode.l10n.t('Debug which build?'),
  };
  const items = builds.map((build) => ({
    label: build.name,
    description: vscode.workspace.asRelativePath(vscode.Uri.parse(build.dockerfile)),
    build,
  }));
  return (await vscode.window.showQuickPick(items, { title: titles[action] }))?.build;
}

function nothingToBuild({ path }: vscode.Uri): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /\.ya?ml$/i.test(path)
    ? vscode.l10n.t('No service of {0} is built from a Dockerfile of this workspace.', name)
    : vscode.l10n.t('No target of {0} is built from a Dockerfile of this workspace.', name);
}

function profileOf({ context, target, buildArgs }: ComposedBuild): ChosenProfile {
  return {
    context: vscode.Uri.parse(context).fsPath,
    buildArgs,
    ...(target === undefined ? {} : { target }),
  };
}
