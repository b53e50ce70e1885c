/** Links in the logs of builds, from a place that a line names to the file, where it is there. */
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { RECORD_SCHEME } from '../engine/history/scheme';
import { fileReferences, type FileReference } from './file-references';

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
  // An absolute path is one of the image, or the part below the folder that was copied there.
  const candidates = folders.flatMap((folder) =>
    isAbsolute(path) ? belowOf(path).map((part) => join(folder, part)) : [join(folder, path)],
  );
  for (const candidate of candidates) {
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

/** `/app/src/x.py` is `app/src/x.py`, `src/x.py` or `x.py` of the context. */
function belowOf(path: string): string[] {
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '..');
  return parts.map((_, from) => parts.slice(from).join('/'));
}
