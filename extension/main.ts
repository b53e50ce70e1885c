/** Activation: everything the extension adds to the editor, in one list. */
import * as vscode from 'vscode';
import type { BuildProfile } from '../proto/messages/build-profile';
import { BuilderService } from './builder-service';
import { BuildersStatus } from './builders-status';
import { BuildProblems } from './build-problems';
import { BuildProgress } from './build-progress';
import { Builds } from './builds';
import { bundlePath } from './bundles';
import { ChosenArguments } from './chosen-arguments';
import { ComposedBuilds } from './composed-builds';
import { registerCompositionLenses } from './composition-lenses';
import { registerCommands } from './commands';
import { registerDebugging, startBuild } from './debug';
import { registerDerivationTexts } from './derivation-texts';
import { GraphPanel } from './graph-panel';
import { GraphPanels } from './graph-panels';
import { registerDefinitionEditors } from './definition-editors';
import { registerInlineValues } from './inline-values';
import { startLanguageClient } from './language-client';
import { LAYER_SCHEME, LayerFiles } from './layer-files';
import { registerLayerCommands } from './layers/layer-commands';
import { LayersView } from './layers/layers-view';
import { Predictions } from './predictions';
import { Profiles } from './profile';
import { registerStageLenses } from './stage-lenses';
import { StaticGraphs } from './static-graphs';
import { BuildCommands } from './views/build-commands';
import { registerBuilderCommands } from './views/builder-commands';
import { BuildersView } from './views/builders-view';
import { BuildsView } from './views/builds-view';
import { BundleEditors } from './views/bundle-editors';
import { RecordTexts } from './views/record-texts';

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('LLB Lens', { log: true });
  const profiles = new Profiles(context.workspaceState);
  const service = new BuilderService(bundlePath(context, 'service'), log);
  const builders = new BuildersStatus(service, log);
  const builds = new Builds(log);
  const layers = new LayerFiles(service);
  const client = startLanguageClient(context, service, builds, log);
  // What a builder adds to each build is in the digests: the graph that is drawn has it too.
  const drawn = (uri: vscode.Uri): BuildProfile => {
    const { imageResolveMode } = builders.stateOf(uri);
    return { ...(imageResolveMode && { imageResolveMode }), ...profiles.of(uri) };
  };
  const graphs = new StaticGraphs(client, [profiles.onDidChange, builders.onDidChange], drawn, log);
  const { extensionUri } = context;
  const predictions = new Predictions(service, builds, (uri) => profiles.of(uri), log);
  const graphServices = {
    extensionUri,
    graphs,
    builds,
    builders,
    layers,
    service,
    predictions,
    profileOf: (uri: vscode.Uri) => profiles.of(uri),
    log,
  };
  const panels = new GraphPanels(
    { extensionUri, log, make: (panel, uri) => new GraphPanel(panel, uri, graphServices) },
    context.workspaceState,
  );
  const texts = new RecordTexts(service);
  const composed = new ComposedBuilds(client, profiles, startBuild);
  const bundles = new BundleEditors({ extensionUri, service, log });
  const buildersView = new BuildersView(service);
  const buildsView = new BuildsView(service, log);
  const layersView = new LayersView(service, layers);

  context.subscriptions.push(
    log,
    profiles,
    service,
    builders,
    builds,
    new ChosenArguments(client, profiles),
    new BuildProblems(builds),
    new BuildProgress(builds),
    graphs,
    predictions,
    panels,
    panels.register(),
    registerDefinitionEditors(client, graphServices),
    registerDebugging(bundlePath(context, 'debug-adapter'), profiles, builds),
    registerStageLenses(client),
    registerCompositionLenses(composed),
    registerDerivationTexts(client),
    registerInlineValues(),
    texts,
    buildersView,
    buildsView,
    layers,
    layersView,
    registerLayerCommands({
      service,
      layers,
      view: layersView,
      builds,
      activeFile: () => panels.activeFile,
      memory: context.globalState,
    }),
    registerBuilderCommands({ service, view: buildersView, texts }),
    bundles,
    new BuildCommands({ extensionUri, service, view: buildsView, texts, bundles, log }),
    registerCommands({ panels, builds, profiles, composed, service, builders, client, log }),
    vscode.workspace.registerFileSystemProvider(LAYER_SCHEME, layers, { isReadonly: true }),
  );
}
