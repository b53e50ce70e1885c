/** The requests of an editor and the features that answer them; one line for each. */
import {
  ResponseError,
  LSPErrorCodes,
  type Connection,
  type Location,
  type Position,
  type ServerCapabilities,
} from 'vscode-languageserver';
import type { BuildFiles } from './build-files';
import type { ClientAbilities } from './client-abilities';
import {
  nameInDockerfile,
  placesElsewhere,
  renamedPositions,
  withPlaces,
  type NameInDockerfile,
} from './composition/compositions-around';
import type { DockerfileView } from './dockerfile-view';
import { codeActionKinds } from './features/code-actions';
import { incomingCalls, outgoingCalls, prepareCallHierarchy } from './features/call-hierarchy';
import { completion } from './features/completion/completion';
import { forClient, nameItems } from './features/completion/items';
import { definition } from './features/definition';
import { fileDefinition } from './features/file-definition';
import { formatDocument, formatOnType, formatRange } from './features/formatting';
import { highlights } from './features/highlight';
import { hover, markdownHover } from './features/hover';
import { inlayHints } from './features/inlay-hints';
import { linkedEditing } from './features/linked-editing';
import { links } from './features/links';
import { references } from './features/references';
import { prepareRename, rename } from './features/rename';
import { selectionRanges } from './features/selection-ranges';
import { legend } from './features/semantic-tokens/legend';
import { semanticTokens } from './features/semantic-tokens/semantic-tokens';
import { TokenDeltas } from './features/semantic-tokens/token-deltas';
import { signatureHelp } from './features/signature-help';
import { flatSymbols } from './features/symbols';
import { workspaceSymbols } from './features/workspace-symbols';
import { DockerfileKnowledge } from './dockerfile-knowledge';
import type { DocumentSettings } from './document-settings';
import type { ServerHost } from './host';

export const featureCapabilities = {
  codeActionProvider: { codeActionKinds },
  callHierarchyProvider: true,
  completionProvider: {
    triggerCharacters: ['$', '{', '=', ',', '-', ':', '/', ' '],
    resolveProvider: false,
  },
  definitionProvider: true,
  documentFormattingProvider: true,
  documentHighlightProvider: true,
  documentLinkProvider: { resolveProvider: false },
  documentOnTypeFormattingProvider: {
    firstTriggerCharacter: '\\',
    moreTriggerCharacter: ['`', '\n'],
  },
  documentRangeFormattingProvider: true,
  documentSymbolProvider: { label: 'LLB Lens' },
  foldingRangeProvider: true,
  hoverProvider: true,
  inlayHintProvider: true,
  linkedEditingRangeProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  selectionRangeProvider: true,
  semanticTokensProvider: { legend, full: { delta: true }, range: true },
  signatureHelpProvider: { triggerCharacters: [' ', '=', '[', ',', ':', '@', '"', '-'] },
  workspaceSymbolProvider: true,
} satisfies ServerCapabilities;

type OfDocument = { readonly textDocument: { readonly uri: string } };

/** What the answers rest on besides the documents. */
export type FeatureSurroundings = {
  readonly host: ServerHost;
  readonly settings: DocumentSettings;
  readonly abilities: () => ClientAbilities;
  /** The URIs of the open documents. */
  readonly opened: () => readonly string[];
};

export function serveFeatures(
  connection: Connection,
  files: BuildFiles,
  { host, settings, abilities, opened }: FeatureSurroundings,
): void {
  /** Answers for Dockerfiles; any other document gets `nothing`. */
  const dockerfile =
    <Params extends OfDocument, Result, Nothing>(
      answer: (view: DockerfileView, params: Params) => Result,
      nothing: Nothing,
    ) =>
    (params: Params): Result | Nothing => {
      const view = files.get(params.textDocument.uri)?.view;
      return view === undefined ? nothing : answer(view, params);
    };

  connection.onDocumentSymbol(({ textDocument: { uri } }) => {
    const file = files.get(uri);
    if (file?.view !== undefined && !abilities().hierarchicalSymbols) return flatSymbols(file.view);
    return [...(file?.symbols() ?? [])];
  });
  connection.onFoldingRanges(({ textDocument: { uri } }) => [
    ...(files.get(uri)?.foldingRanges(abilities().folding) ?? []),
  ]);
  connection.onDefinition(async ({ textDocument: { uri }, position }) => {
    const file = files.get(uri);
    if (file?.view === undefined) return (await file?.definition?.(position)) ?? null;
    return definition(file.view, position) ?? (await fileDefinition(file.view, position, host));
  });
  const around = () => ({
    host,
    opened: (uri: string) => files.get(uri),
    encoding: abilities().encoding,
  });
  const elsewhere = (view: DockerfileView, position: Position): Promise<Location[]> =>
    placesElsewhere(view, position, around());
  /** The name at a position of a Dockerfile, or of a file that says which stages are built. */
  const named = (uri: string, position: Position): Promise<NameInDockerfile | undefined> =>
    nameInDockerfile(files.get(uri), position, around());
  connection.onReferences(async ({ textDocument: { uri }, position, context }) => {
    const file = files.get(uri);
    if (file?.view === undefined) {
      const name = await named(uri, position);
      if (name === undefined) return (await file?.references?.(position)) ?? [];
      const { view, position: defined } = name;
      return [
        ...references(view, defined, context.includeDeclaration),
        ...(await elsewhere(view, defined)),
      ];
    }
    return [
      ...references(file.view, position, context.includeDeclaration),
      ...(await elsewhere(file.view, position)),
    ];
  });
  connection.onDocumentHighlight(({ textDocument: { uri }, position }) => {
    const file = files.get(uri);
    if (file?.view === undefined) return file?.highlights?.(position) ?? [];
    return highlights(file.view, position);
  });
  connection.onPrepareRename(async ({ textDocument: { uri }, position }) => {
    const view = files.get(uri)?.view;
    if (view === undefined) return (await named(uri, position))?.range ?? null;
    return prepareRename(view, position) ?? null;
  });
  connection.onRenameRequest(async ({ textDocument: { uri }, position: asked, newName }) => {
    const own = files.get(uri)?.view;
    const name = own === undefined ? await named(uri, asked) : { view: own, position: asked };
    if (name === undefined) return null;
    const { view, position } = name;
    try {
      if (rename(view, position, newName) === undefined) return null;
      const places = await elsewhere(view, position);
      const edits = renamedPositions(view, position, places).flatMap(
        (each) => rename(view, each, newName) ?? [],
      );
      return withPlaces(edits, places, newName);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return new ResponseError(LSPErrorCodes.RequestFailed, message);
    }
  });
  // Nothing is left open, and nothing is said to be; some clients ask all the same.
  connection.onCompletionResolve((item) => item);
  connection.onDocumentLinkResolve((link) => link);
  connection.onCodeActionResolve((action) => action);
  connection.languages.inlayHint.resolve((hint) => hint);
  connection.onWorkspaceSymbolResolve((symbol) => symbol);
  connection.languages.onLinkedEditingRange(
    dockerfile((view, { position }) => linkedEditing(view, position) ?? null, null),
  );
  connection.onDocumentLinks(async ({ textDocument: { uri } }) => {
    const file = files.get(uri);
    return file?.view === undefined ? ((await file?.links?.()) ?? []) : links(file.view);
  });
  connection.onSignatureHelp(
    dockerfile((view, { position }) => signatureHelp(view, position) ?? null, null),
  );
  connection.onCodeAction(
    async ({ textDocument: { uri }, range, context }) =>
      (await files.get(uri)?.codeActions?.(range, context)) ?? [],
  );
  connection.onDocumentFormatting(
    dockerfile(async (view, { options, textDocument: { uri } }) => {
      const { format } = await settings.get(uri);
      return formatDocument(view, options, format);
    }, []),
  );
  connection.onDocumentRangeFormatting(
    dockerfile(async (view, { range, options, textDocument: { uri } }) => {
      const { format } = await settings.get(uri);
      return formatRange(view, range, options, format);
    }, []),
  );
  connection.onDocumentOnTypeFormatting(
    dockerfile(async (view, { position, ch, options, textDocument: { uri } }) => {
      const { format } = await settings.get(uri);
      return formatOnType(view, position, ch, options, format);
    }, []),
  );
  connection.onCompletion(async ({ textDocument: { uri }, position }) => {
    const file = files.get(uri);
    if (file?.view === undefined) {
      const items = (await file?.completion?.(position)) ?? [];
      return [...nameItems((await file?.names?.(position)) ?? []), ...items];
    }
    const client = abilities();
    const sources = new DockerfileKnowledge(file, host).completionSources(client.snippets);
    return forClient(await completion(file.view, position, sources), client);
  });
  connection.onHover(async ({ textDocument: { uri }, position }) => {
    const file = files.get(uri);
    if (file?.view === undefined) {
      const found = await file?.hover?.(position);
      return (found && markdownHover(found, abilities().hoverText)) ?? null;
    }
    const knowledge = new DockerfileKnowledge(file, host);
    return (await hover(file.view, position, knowledge, abilities().hoverText)) ?? null;
  });
  connection.languages.inlayHint.on(async ({ textDocument: { uri }, range }) => {
    const file = files.get(uri);
    if (file?.view === undefined) return [];
    const { inlayHints: wanted } = await settings.get(uri);
    return inlayHints(file.view, range, wanted, new DockerfileKnowledge(file, host));
  });
  connection.onSelectionRanges(
    dockerfile((view, { positions }) => selectionRanges(view, positions), []),
  );
  connection.onWorkspaceSymbol(({ query }) =>
    workspaceSymbols(
      opened().flatMap((uri) => files.get(uri)?.view ?? []),
      query,
    ),
  );
  connection.languages.callHierarchy.onPrepare(
    dockerfile((view, { position }) => prepareCallHierarchy(view, position), null),
  );
  connection.languages.callHierarchy.onIncomingCalls(({ item }) => {
    const view = files.get(item.uri)?.view;
    return view === undefined ? null : incomingCalls(view, item);
  });
  connection.languages.callHierarchy.onOutgoingCalls(({ item }) => {
    const view = files.get(item.uri)?.view;
    return view === undefined ? null : outgoingCalls(view, item);
  });

  const deltas = new TokenDeltas();
  connection.languages.semanticTokens.on(
    dockerfile((view) => deltas.full(view.uri, semanticTokens(view)), { data: [] }),
  );
  connection.languages.semanticTokens.onDelta(
    dockerfile(
      (view, { previousResultId }) =>
        deltas.delta(view.uri, previousResultId, semanticTokens(view)),
      { data: [] },
    ),
  );
  connection.languages.semanticTokens.onRange(
    dockerfile((view, { range }) => ({ data: semanticTokens(view, range) }), { data: [] }),
  );
}
