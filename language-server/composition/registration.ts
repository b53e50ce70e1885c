/**
 * Asks a client that sends Dockerfiles for Bake and Compose files too. Only what is answered for
 * them is registered, so that an editor's own YAML and JSON support stays in charge of the rest.
 */
import {
  BulkRegistration,
  CompletionRequest,
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentDiagnosticRequest,
  DocumentHighlightRequest,
  DocumentLinkRequest,
  ReferencesRequest,
  RenameRequest,
  TextDocumentSyncKind,
  type Connection,
  type DocumentSelector,
} from 'vscode-languageserver';
import { compositionPatterns } from './patterns';

const documentSelector: DocumentSelector = compositionPatterns.map((pattern) => ({ pattern }));

/** @param pulls the client asks for diagnostics */
export async function registerCompositions(connection: Connection, pulls: boolean): Promise<void> {
  const bulk = BulkRegistration.create();
  const selected = { documentSelector };
  bulk.add(CompletionRequest.type, { ...selected, triggerCharacters: ['"'] });
  bulk.add(DefinitionRequest.type, selected);
  bulk.add(ReferencesRequest.type, selected);
  bulk.add(RenameRequest.type, { ...selected, prepareProvider: true });
  bulk.add(DocumentHighlightRequest.type, selected);
  bulk.add(DocumentLinkRequest.type, selected);
  if (pulls) {
    const options = { interFileDependencies: true, workspaceDiagnostics: false };
    bulk.add(DocumentDiagnosticRequest.type, { ...selected, ...options });
  }
  const syncKind = TextDocumentSyncKind.Incremental;
  bulk.add(DidOpenTextDocumentNotification.type, selected);
  bulk.add(DidChangeTextDocumentNotification.type, { ...selected, syncKind });
  bulk.add(DidCloseTextDocumentNotification.type, selected);
  await connection.client.register(bulk);
}
