/** The open documents, each with its build file of the version at hand. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextDocumentsConfiguration } from 'vscode-languageserver';
import type { BuildFile, OpenBuildFile } from './build-file';

/**
 * Documents that never change: an edit makes a new one, so that a build file may read its text
 * whenever it likes. (The library's own update changes the document in place.)
 */
export const immutableDocuments: TextDocumentsConfiguration<TextDocument> = {
  create: (uri, languageId, version, content) =>
    TextDocument.create(uri, languageId, version, content),
  update: (document, changes, version) =>
    TextDocument.update(
      TextDocument.create(document.uri, document.languageId, document.version, document.getText()),
      changes,
      version,
    ),
};

/** Keeps one build file per document version; made on first need. */
export class BuildFiles {
  private readonly files = new Map<string, BuildFile>();

  /**
   * @param find the open document of a URI
   * @param open makes a build file
   */
  constructor(
    private readonly find: (uri: string) => TextDocument | undefined,
    private readonly open: OpenBuildFile,
  ) {}

  /** Undefined when the document is not open or of no kind that is served. */
  get(uri: string): BuildFile | undefined {
    const document = this.find(uri);
    if (document === undefined) return undefined;
    const known = this.files.get(uri);
    if (known?.document === document) return known;
    const file = this.open(document);
    if (file === undefined) this.files.delete(uri);
    else this.files.set(uri, file);
    return file;
  }

  /** Forgets what was worked out, because something besides the text has changed. */
  forget(uri: string): void {
    this.files.delete(uri);
  }
}
