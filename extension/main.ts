/** Activation: everything the extension adds to the editor, in one list. */
import * as vscode from 'vscode';
import { BuilderService } from './builder-service';
import { BuildersStatus } from './builders-status';
import { Builds } from './builds';
import { bundlePath } from './bundles';
import { registerCommands } from './commands';
import { registerDebugging } from './debug';
import { GraphPanels } from './graph-panels';
import { startLanguageClient } from './language-client';
import { LAYER_SCHEME, LayerFiles } from './layer-files';
import { Profiles } from './profile';
import { StaticGraphs } from './static-graphs';

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('LLB Lens', { log: true });
  const profiles = new Profiles(context.workspaceState);
  const service = new BuilderService(bundlePath(context, 'service'), log);
  const builders = new BuildersStatus(service, log);
  const builds = new Builds(log);
  const layers = new LayerFiles(service);
  const client = startLanguageClient(context, service, log);
  const graphs = new StaticGraphs(client, profiles, (uri) => profiles.of(uri), log);
  const { extensionUri } = context;
  const panels = new GraphPanels(
    { extensionUri, graphs, builds, builders, layers, log },
    context.workspaceState,
  );

  context.subscriptions.push(
    log,
    profiles,
    service,
    builders,
    builds,
    graphs,
    panels,
    panels.register(),
    registerDebugging(bundlePath(context, 'debug-adapter'), profiles, builds),
    registerCommands({ panels, builds, profiles, service, builders, client, log }),
    vscode.workspace.registerFileSystemProvider(LAYER_SCHEME, layers, { isReadonly: true }),
  );
}
