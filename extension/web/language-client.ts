/** Starts the language server in a web worker and reads files for it. */
import * as vscode from 'vscode';
import { LanguageClient } from 'vscode-languageclient/browser';
import {
  ListFolderRequest,
  ReadTextRequest,
  type ListFolderParams,
  type ListFolderResult,
  type ReadTextParams,
  type ReadTextResult,
} from '../../proto/messages/language-server';
import { documentSelector } from '../build-files';
import { besideOthers } from '../language-features';

/** The client, running. */
export async function startLanguageClient(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<LanguageClient> {
  const script = vscode.Uri.joinPath(context.extensionUri, 'dist', 'web', 'language-server.js');
  const client = new LanguageClient(
    'llbLens',
    vscode.l10n.t('LLB Lens Language Server'),
    new Worker(await loadable(script)),
    {
      documentSelector,
      outputChannel: log,
      initializationOptions: { daemon: false, editorCommands: true },
      middleware: besideOthers(),
    },
  );
  client.onRequest(ReadTextRequest, readText);
  client.onRequest(ListFolderRequest, listFolder);
  context.subscriptions.push(client);
  await client.start();
  return client;
}

/**
 * An address from which a worker may be started. Where the extension lies in a file system of the
 * editor's own, only the editor can read it.
 */
async function loadable(script: vscode.Uri): Promise<string> {
  if (script.scheme === 'https' || script.scheme === 'http') return script.toString(true);
  const bytes = await vscode.workspace.fs.readFile(script);
  const blob = new Blob([new Uint8Array(bytes)], { type: 'text/javascript' });
  return URL.createObjectURL(blob);
}

async function readText({ uri }: ReadTextParams): Promise<ReadTextResult> {
  try {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.parse(uri));
    return { text: new TextDecoder().decode(bytes) };
  } catch {
    return { text: null };
  }
}

async function listFolder({ uri }: ListFolderParams): Promise<ListFolderResult> {
  try {
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.parse(uri));
    return {
      entries: entries.map(([name, type]) => ({
        name,
        isFolder: (type & vscode.FileType.Directory) !== 0,
      })),
    };
  } catch {
    return { entries: [] };
  }
}
