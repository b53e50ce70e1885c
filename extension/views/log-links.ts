/** Links in the logs of builds, from a place that a line names to the file, where it is there. */
import * as vscode from 'vscode';
import { RECORD_SCHEME } from '../engine/history/record-uri';
import { fileReferences, filesNamed, type FileReference } from '../engine/progress/file-references';

/** A log without end has more than anybody follows. */
const most = 1_000;

/** @param folderOf where the build of a log had its files, if on this machine */
export function registerLogLinks(
  folderOf: (log: vscode.Uri) => string | undefined,
): vscode.Disposable {
  return vscode.languages.registerDocumentLinkProvider(
    { scheme: RECORD_SCHEME, pattern: '**/*.log' },
    { provideDocumentLinks: (document) => linksOf(document, folderOf(document.uri)) },
  );
}

async function linksOf(
  document: vscode.TextDocument,
  folder: string | undefined,
): Promise<vscode.DocumentLink[]> {
  const folders = [
    ...(folder === undefined ? [] : [folder]),
    ...(vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
  ];
  const known = new Map<string, Promise<vscode.Uri | undefined>>();
  const links = await Promise.all(
    fileReferences(document.getText())
      .slice(0, most)
      .map(async ({ start, end, ...place }) => {
        let found = known.get(place.path);
        if (found === undefined) known.set(place.path, (found = fileAt(place.path, folders)));
        const file = await found;
        if (file === undefined) return [];
        const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
        return [new vscode.DocumentLink(range, file.with({ fragment: fragmentOf(place) }))];
      }),
  );
  return links.flat();
}

/** As the editor reads it. */
function fragmentOf({ line, column }: Pick<FileReference, 'line' | 'column'>): string {
  return column === undefined ? `L${line}` : `L${line},${column}`;
}

async function fileAt(path: string, folders: readonly string[]): Promise<vscode.Uri | undefined> {
  for (const candidate of filesNamed(path, folders)) {
    const uri = vscode.Uri.file(candidate);
    try {
      const { type } = await vscode.workspace.fs.stat(uri);
      if ((type & vscode.FileType.File) !== 0) return uri;
    } catch {
      // It is not there; most are not.
    }
  }
  return undefined;
}
