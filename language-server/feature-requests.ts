/** The requests of an editor and the features that answer them; one line for each. */
import {
  ResponseError,
  LSPErrorCodes,
  type Connection,
  type ServerCapabilities,
} from 'vscode-languageserver';
import type { BuildFiles } from './build-files';
import type { ClientAbilities } from './client-abilities';
import type { DockerfileView } from './dockerfile-view';
import { definition } from './features/definition';
import { formatDocument, formatOnType, formatRange, keepingStyle } from './features/formatting';
import { highlights } from './features/highlight';
import { linkedEditing } from './features/linked-editing';
import { links } from './features/links';
import { references } from './features/references';
import { prepareRename, rename } from './features/rename';
import { signatureHelp } from './features/signature-help';
import { flatSymbols } from './features/symbols';

export const featureCapabilities = {
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
  linkedEditingRangeProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  signatureHelpProvider: { triggerCharacters: [' ', '=', '[', ',', ':', '@', '"', '-'] },
} as const satisfies ServerCapabilities;

type OfDocument = { readonly textDocument: { readonly uri: string } };

export function serveFeatures(
  connection: Connection,
  files: BuildFiles,
  abilities: () => ClientAbilities,
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
  connection.onDefinition(
    dockerfile((view, { position }) => definition(view, position) ?? null, null),
  );
  connection.onReferences(
    dockerfile(
      (view, { position, context }) => references(view, position, context.includeDeclaration),
      [],
    ),
  );
  connection.onDocumentHighlight(
    dockerfile((view, { position }) => highlights(view, position), []),
  );
  connection.onPrepareRename(
    dockerfile((view, { position }) => prepareRename(view, position) ?? null, null),
  );
  connection.onRenameRequest(
    dockerfile((view, { position, newName }) => {
      try {
        return rename(view, position, newName) ?? null;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return new ResponseError(LSPErrorCodes.RequestFailed, message);
      }
    }, null),
  );
  connection.languages.onLinkedEditingRange(
    dockerfile((view, { position }) => linkedEditing(view, position) ?? null, null),
  );
  connection.onDocumentLinks(dockerfile((view) => links(view), []));
  connection.onSignatureHelp(
    dockerfile((view, { position }) => signatureHelp(view, position) ?? null, null),
  );
  connection.onDocumentFormatting(
    dockerfile((view, { options }) => formatDocument(view, options, keepingStyle), []),
  );
  connection.onDocumentRangeFormatting(
    dockerfile((view, { range, options }) => formatRange(view, range, options, keepingStyle), []),
  );
  connection.onDocumentOnTypeFormatting(
    dockerfile((view, { position, ch, options }) => formatOnType(view, position, ch, options), []),
  );
}
