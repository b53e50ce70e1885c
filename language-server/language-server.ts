/**
 * The whole product on one page: which LSP requests are answered, and by what.
 *
 * Knows no transport and no machine; `server/` brings both. Diagnostics are pushed with the version
 * they belong to, once for a burst of edits.
 */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import {
  DidChangeConfigurationNotification,
  TextDocuments,
  TextDocumentSyncKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
} from 'vscode-languageserver';
import {
  BuildArgumentsNotification,
  DefinitionGraphRequest,
  GraphCloseNotification,
  GraphPatchNotification,
  GraphRequest,
  ComposedBuildsRequest,
  OpRequest,
  ReadableRequest,
  TargetsRequest,
  type ChosenBuild,
  type BuildArgumentsParams,
  type DefinitionGraphParams,
  type DefinitionGraphResult,
  type GraphCloseParams,
  type GraphRequestParams,
  type GraphResult,
  type ComposedBuildsParams,
  type ComposedBuildsResult,
  type OpParams,
  type OpResult,
  type ReadableParams,
  type ReadableResult,
  type TargetsParams,
  type TargetsResult,
} from '../proto/messages/language-server';
import { isBoolean, object } from '../proto/messages/validate';
import { emptyGraph } from '../proto/model/build-graph';
import type { OpenBuildFile } from './build-file';
import { BuildFiles, immutableDocuments } from './build-files';
import { Burst } from './burst';
import { abilitiesOf, noAbilities } from './client-abilities';
import { CompositionFile, compositionReader } from './composition/composition-file';
import { registerCompositions } from './composition/registration';
import { DefinitionGraphs } from './definition-graph';
import { DerivationBuildFile } from './derivation-file/derivation-file';
import { DiagnosticsPublisher } from './diagnostics-publisher';
import { DockerfileBuildFile } from './dockerfile-build-file';
import { DocumentSettings } from './document-settings';
import { featureCapabilities, serveFeatures } from './feature-requests';
import type { ServerHost } from './host';
import { isInstallablesFile } from './installables/document-text';
import { InstallablesFile } from './installables/installables-file';
import { settingsSection } from './settings';
import { StaticGraphs } from './static-graphs';
import { opResult } from './whole-op';

/** Milliseconds without an edit after which diagnostics and graph are made anew. */
const QUIET = 40;

/** What a client of ours says at initialize. */
export type ClientOptions = {
  /** The client answers `llb/daemonResolveImage`. */
  readonly daemon: boolean;
  /** The client answers `llb/pastSteps`. */
  readonly records?: boolean;
};

/**
 * Serves one client until its connection closes.
 * @param onOptions told once what the client can do
 */
export function serveLanguages(
  connection: Connection,
  host: ServerHost,
  serverInfo: NonNullable<InitializeResult['serverInfo']>,
  onOptions: (options: ClientOptions) => void,
): void {
  let abilities = noAbilities;
  const documents = new TextDocuments<TextDocument>(immutableDocuments(() => abilities.encoding));
  /** By document, open or not: what its user has chosen to build. */
  const given = new Map<string, ChosenBuild>();
  const files = new BuildFiles(
    (uri) => documents.get(uri),
    openBuildFile(host, (uri) => given.get(uri)),
  );
  // A client that knows of trust speaks of access itself (`llb/access`).
  let ownAccess = true;
  const useSettingsAsAccess = (): void => {
    if (!ownAccess) host.setAccess((uri) => ({ network: settings.network(uri), trusted: true }));
  };
  const settings = new DocumentSettings(connection, useSettingsAsAccess);
  const definitions = new DefinitionGraphs();
  const graphs = new StaticGraphs((patch) => {
    void connection.sendNotification(GraphPatchNotification, patch);
  });

  const pulls = (): boolean => abilities.pullDiagnostics && abilities.refreshDiagnostics;
  const diagnostics = new DiagnosticsPublisher(
    connection,
    host,
    settings,
    ({ document }) => documents.get(document.uri) === document,
    pulls,
  );

  const refresh = async (uri: string): Promise<void> => {
    const file = files.get(uri);
    if (file === undefined) return;
    const graph = graphs.update(file);
    await diagnostics.refresh(file);
    await graph;
  };
  const refreshHints = (): void => {
    if (!abilities.refreshInlayHints) return;
    // A client that refuses keeps the hints that it has.
    connection.languages.inlayHint.refresh().catch(() => undefined);
  };
  let ending = false;
  const bursts = new Burst(QUIET, (uri) => {
    refresh(uri).catch((error: unknown) => {
      // What was under way when the client said goodbye has nobody left to tell.
      if (ending) return;
      connection.console.error(error instanceof Error ? (error.stack ?? '') : String(error));
    });
  });

  connection.onInitialize((params: InitializeParams): InitializeResult => {
    const initializationOptions: unknown = params.initializationOptions;
    abilities = abilitiesOf(params);
    settings.start(initializationOptions, abilities.configuration);
    const options = isClientOptions(initializationOptions)
      ? initializationOptions
      : { daemon: false };
    ownAccess = options.daemon;
    useSettingsAsAccess();
    onOptions(options);
    return {
      serverInfo,
      capabilities: {
        positionEncoding: abilities.encoding,
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        ...featureCapabilities,
        ...(pulls()
          ? { diagnosticProvider: { interFileDependencies: false, workspaceDiagnostics: false } }
          : {}),
      },
    };
  });
  documents.onDidChangeContent(({ document: { uri } }) => {
    diagnostics.cancel(uri);
    bursts.touch(uri);
  });
  documents.onDidClose(({ document: { uri } }) => {
    bursts.drop(uri);
    files.forget(uri);
    settings.drop(uri);
    host.forgetImages(uri);
    graphs.close(uri);
    diagnostics.close(uri);
  });
  host.onImagesKnown((uri) => {
    files.renew(uri);
    bursts.touch(uri);
    diagnostics.again();
    refreshHints();
  });
  host.onPastSteps?.(refreshHints);
  connection.onNotification(
    BuildArgumentsNotification,
    ({ uri, ...chosen }: BuildArgumentsParams) => {
      given.set(uri, chosen);
      files.renew(uri);
      bursts.touch(uri);
      diagnostics.again();
      refreshHints();
    },
  );

  connection.languages.diagnostics.on(async ({ textDocument: { uri } }) => {
    const file = files.get(uri);
    return { kind: 'full', items: file === undefined ? [] : await diagnostics.pull(file) };
  });
  serveFeatures(connection, files, {
    host,
    settings,
    abilities: () => abilities,
    opened: () => documents.keys(),
  });
  connection.onShutdown(() => {
    ending = true;
    bursts.clear();
  });
  connection.onInitialized(() => {
    if (abilities.moreDocuments) void registerCompositions(connection, pulls());
    if (!abilities.configurationEvents) return;
    void connection.client.register(DidChangeConfigurationNotification.type, {
      section: settingsSection,
    });
  });
  connection.onDidChangeConfiguration((params) => {
    settings.changed(params.settings);
    useSettingsAsAccess();
    for (const uri of documents.keys()) bursts.touch(uri);
    diagnostics.again();
  });
  connection.onRequest(
    GraphRequest,
    ({ uri, profile }: GraphRequestParams): Promise<GraphResult> => {
      const file = files.get(uri);
      return file === undefined
        ? Promise.resolve({ documentVersion: 0, graphVersion: 0, graph: emptyGraph })
        : graphs.request(file, profile ?? {});
    },
  );
  connection.onNotification(GraphCloseNotification, ({ uri }: GraphCloseParams) => {
    graphs.close(uri);
    definitions.close(uri);
  });
  connection.onRequest(
    DefinitionGraphRequest,
    (params: DefinitionGraphParams): DefinitionGraphResult => ({
      graph: definitions.graph(params),
    }),
  );
  connection.onRequest(OpRequest, ({ uri, node }: OpParams): OpResult =>
    opResult((definitions.has(uri) ? definitions : graphs).op(uri, node)),
  );
  connection.onRequest(
    ComposedBuildsRequest,
    async ({ uri }: ComposedBuildsParams): Promise<ComposedBuildsResult> =>
      (await files.get(uri)?.builds?.()) ?? [],
  );
  connection.onRequest(ReadableRequest, ({ uri }: ReadableParams): ReadableResult => {
    const text = files.get(uri)?.readable?.();
    return text === undefined ? {} : { text };
  });
  connection.onRequest(
    TargetsRequest,
    ({ uri }: TargetsParams): TargetsResult => files.get(uri)?.targets() ?? [],
  );

  documents.listen(connection);
  connection.listen();
}

const isClientOptions = object<ClientOptions>({ daemon: isBoolean }, { records: isBoolean });

/** What is served, by language id; an editor that knows none of them gives the file's ending away. */
function openBuildFile(
  host: ServerHost,
  givenTo: (uri: string) => ChosenBuild | undefined,
): OpenBuildFile {
  return (document, previous) => {
    const isDerivation = document.languageId === 'nix-derivation' || document.uri.endsWith('.drv');
    if (isDerivation) return new DerivationBuildFile(document, host);
    if (isInstallablesFile(document.uri)) return new InstallablesFile(document, host);
    const readTargets = compositionReader(document.uri);
    // A Dockerfile may have any name.
    if (readTargets !== undefined && document.languageId !== 'dockerfile') {
      return new CompositionFile(document, host, readTargets);
    }
    return new DockerfileBuildFile(document, host, previous, givenTo(document.uri));
  };
}
