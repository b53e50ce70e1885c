/** Activation in a browser, where there are no processes: language services and the graph. */
import * as vscode from 'vscode';
import { arrayOf, isString, object } from '../../proto/messages/validate';
import { documentAtHand, sayOpenAFile } from '../build-files';
import { ComposedBuilds, compositionAtHand, isComposition } from '../composed-builds';
import { GraphPanels } from '../graph-panels';
import { Profiles, selectTarget } from '../profile';
import { StaticGraphs } from '../static-graphs';
import { DrawnPanel } from './drawn-panel';
import { startLanguageClient } from './language-client';
import { refusal, refuseBuild } from './refusal';

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('LLB Lens', { log: true });
  const profiles = new Profiles(context.workspaceState);
  context.subscriptions.push(log, profiles, ...emptyViews());
  const client = await startLanguageClient(context, log);
  const { extensionUri } = context;
  const graphs = new StaticGraphs(client, [profiles.onDidChange], (uri) => profiles.of(uri), log);
  const panels = new GraphPanels(
    {
      extensionUri,
      log,
      make: (panel, uri) => new DrawnPanel(panel, uri, { extensionUri, graphs, log }),
    },
    context.workspaceState,
  );
  const composed = new ComposedBuilds(client, profiles, refuseBuild);
  const own: Readonly<Record<string, (uri?: unknown) => unknown>> = {
    'llbLens.showGraph': (uri) => {
      const file = uri instanceof vscode.Uri ? uri : (compositionAtHand() ?? documentAtHand()?.uri);
      if (file === undefined) return sayOpenAFile();
      return isComposition(file) ? composed.choose('graph', file) : panels.show(file);
    },
    'llbLens.selectTarget': () => selectTarget(profiles, client),
    'llbLens.showLog': () => log.show(),
  };
  context.subscriptions.push(
    graphs,
    panels,
    panels.register(),
    ...Object.entries(own).map(([id, run]) => vscode.commands.registerCommand(id, run)),
    ...contributedCommands(context)
      .filter((id) => own[id] === undefined)
      .map((id) => vscode.commands.registerCommand(id, refuseBuild)),
  );
}

/** The ids of all commands that the manifest offers. */
function contributedCommands({ extension }: vscode.ExtensionContext): string[] {
  const manifest: unknown = extension.packageJSON;
  return isManifest(manifest) ? manifest.contributes.commands.map(({ command }) => command) : [];
}

const isManifest = object<{ contributes: { commands: readonly { command: string }[] } }>({
  contributes: object({ commands: arrayOf(object({ command: isString })) }),
});

/** The views of what a builder has say why they are empty. */
function emptyViews(): vscode.Disposable[] {
  return ['llbLens.builds', 'llbLens.builders', 'llbLens.layers'].map((id) => {
    const view = vscode.window.createTreeView<never>(id, {
      treeDataProvider: { getChildren: () => [], getTreeItem: (item) => item },
    });
    view.message = refusal();
    return view;
  });
}
