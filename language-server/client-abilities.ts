/** What a client has said about itself at `initialize`, as far as an answer depends on it. */
import {
  CompletionItemTag,
  type ClientCapabilities,
  type InitializeParams,
  type MarkupKind,
} from 'vscode-languageserver';
import { isBoolean, object } from '../proto/messages/validate';
import { chooseEncoding, type Encoding } from './position-encoding';

export type ClientAbilities = {
  readonly encoding: Encoding;
  readonly hierarchicalSymbols: boolean;
  readonly folding: { readonly lineFoldingOnly: boolean; readonly limit: number };
  readonly snippets: boolean;
  /** How texts beside completion items are written. */
  readonly completionText: MarkupKind;
  readonly completionTags: boolean;
  readonly completionDeprecated: boolean;
  /** VS Code's own commands may be named. */
  readonly editorCommands: boolean;
  /** Undefined for a client of the time before markup had a kind: a bare string is Markdown to it. */
  readonly hoverText: MarkupKind | undefined;
  readonly configuration: boolean;
  readonly configurationEvents: boolean;
  readonly fileEvents: boolean;
  /** Documents of more kinds can be asked for after `initialized`. */
  readonly moreDocuments: boolean;
  readonly pullDiagnostics: boolean;
  readonly refreshDiagnostics: boolean;
  readonly refreshInlayHints: boolean;
};

const unlimited = Number.MAX_SAFE_INTEGER;

/** Everything that is missing or null counts as not offered. */
export function abilitiesOf({
  capabilities,
  initializationOptions,
}: Pick<InitializeParams, 'capabilities' | 'initializationOptions'>): ClientAbilities {
  const { general, textDocument, workspace }: ClientCapabilities = capabilities;
  const item = textDocument?.completion?.completionItem;
  return {
    encoding: chooseEncoding(general?.positionEncodings),
    hierarchicalSymbols: textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport ?? false,
    folding: {
      lineFoldingOnly: textDocument?.foldingRange?.lineFoldingOnly ?? false,
      limit: textDocument?.foldingRange?.rangeLimit ?? unlimited,
    },
    snippets: item?.snippetSupport ?? false,
    completionText: item?.documentationFormat?.[0] ?? 'plaintext',
    completionTags: item?.tagSupport?.valueSet.includes(CompletionItemTag.Deprecated) ?? false,
    completionDeprecated: item?.deprecatedSupport ?? false,
    editorCommands:
      isVisualStudioCode(initializationOptions) && initializationOptions.editorCommands,
    hoverText: textDocument?.hover?.contentFormat?.[0],
    configuration: workspace?.configuration ?? false,
    configurationEvents: workspace?.didChangeConfiguration?.dynamicRegistration ?? false,
    fileEvents: workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false,
    moreDocuments: textDocument?.synchronization?.dynamicRegistration ?? false,
    pullDiagnostics: textDocument?.diagnostic !== undefined,
    refreshDiagnostics: workspace?.diagnostics?.refreshSupport ?? false,
    refreshInlayHints: workspace?.inlayHint?.refreshSupport ?? false,
  };
}

/** What our extension says of its host at `initialize`. */
const isVisualStudioCode = object<{ readonly editorCommands: boolean }>({
  editorCommands: isBoolean,
});

/** What is assumed before the client has spoken. */
export const noAbilities: ClientAbilities = abilitiesOf({ capabilities: {} });
