/** What is dropped onto a graph is shown as a graph of its own. */
import * as vscode from 'vscode';
import { RECORD_SCHEME } from './engine/history/record-uri';

type Opener = {
  readonly is: (uri: vscode.Uri) => boolean;
  readonly open: (uri: vscode.Uri) => Thenable<unknown>;
};

/** The first that knows a file opens it. */
const openers: readonly Opener[] = [
  {
    is: ({ scheme }) => scheme === RECORD_SCHEME,
    open: ({ path }) =>
      vscode.commands.executeCommand('llbLens.builds.open', { ref: path.slice(1) }),
  },
  {
    is: ({ path }) => /\.(?:pb|llb)$/.test(path),
    open: (uri) => vscode.commands.executeCommand('vscode.openWith', uri, 'llbLens.definition'),
  },
  {
    is: ({ path }) => path.endsWith('.dockerbuild'),
    open: (uri) => vscode.commands.executeCommand('vscode.openWith', uri, 'llbLens.bundle'),
  },
  {
    is: () => true,
    open: (uri) => vscode.commands.executeCommand('llbLens.showGraph', uri),
  },
];

/** A page of a window that works elsewhere names files as that window sees them. */
const ownUri = (uri: vscode.Uri): vscode.Uri =>
  uri.scheme === 'vscode-remote' && vscode.env.remoteName !== undefined
    ? vscode.Uri.file(uri.path)
    : uri;

/** @param uris of files, or of builds of the history */
export async function openDropped(uris: readonly string[]): Promise<void> {
  for (const text of uris) {
    const uri = ownUri(vscode.Uri.parse(text));
    try {
      await openers.find((one) => one.is(uri))?.open(uri);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await vscode.window.showErrorMessage(
        vscode.l10n.t(
          '{0} cannot be shown as a graph: {1}',
          uri.path.slice(uri.path.lastIndexOf('/') + 1),
          reason,
        ),
      );
    }
  }
}
