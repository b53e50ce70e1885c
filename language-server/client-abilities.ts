/** What a client has said about itself at `initialize`, as far as an answer depends on it. */
import type { ClientCapabilities, InitializeParams } from 'vscode-languageserver';
import { chooseEncoding, type Encoding } from './position-encoding';

export type ClientAbilities = {
  readonly encoding: Encoding;
  readonly hierarchicalSymbols: boolean;
  readonly folding: { readonly lineFoldingOnly: boolean; readonly limit: number };
  readonly snippets: boolean;
  readonly labelDetails: boolean;
  readonly markdown: boolean;
  readonly configuration: boolean;
  readonly configurationEvents: boolean;
  readonly fileEvents: boolean;
  readonly pullDiagnostics: boolean;
  readonly refreshDiagnostics: boolean;
  readonly refreshInlayHints: boolean;
};

const unlimited = Number.MAX_SAFE_INTEGER;

/** Everything that is missing or null counts as not offered. */
export function abilitiesOf({
  capabilities,
}: Pick<InitializeParams, 'capabilities'>): ClientAbilities {
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
    labelDetails: item?.labelDetailsSupport ?? false,
    markdown: textDocument?.hover?.contentFormat?.includes('markdown') ?? false,
    configuration: workspace?.configuration ?? false,
    configurationEvents: workspace?.didChangeConfiguration?.dynamicRegistration ?? false,
    fileEvents: workspace?.didChangeWatchedFiles?.dynamicRegistration ?? false,
    pullDiagnostics: textDocument?.diagnostic !== undefined,
    refreshDiagnostics: workspace?.diagnostics?.refreshSupport ?? false,
    refreshInlayHints: workspace?.inlayHint?.refreshSupport ?? false,
  };
}

/** What is assumed before the client has spoken. */
export const noAbilities: ClientAbilities = abilitiesOf({ capabilities: {} });
