/** The open documents, each with its build file of the version at hand. */
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TextDocumentsConfiguration } from 'vscode-languageserver';
import type { BuildFile, OpenBuildFile } from './build-file';
import { documentOf, type Encoding } from './position-encoding';

/**
 * Documents that never change: an edit makes a new one, so that a build file may read its text
 * whenever it likes. (The library's own update changes the document in place.)
 * @param encoding what positions count in; asked anew for each document
 */
export function immutableDocuments(
  encoding: () => Encoding,
): TextDocumentsConfiguration<TextDocument> {
  return {
    create: (uri, languageId, version, content) =>
      documentOf({ uri, languageId, version }, content, encoding()),
    update(document, changes, version) {
      const { uri, languageId } = document;
      if (encoding() === 'utf-16') {
        // The library keeps the lines that an edit does not touch.
        const copy = TextDocument.create(uri, languageId, version, document.getText());
        return TextDocument.update(copy, changes, version);
      }
      return changes.reduce((current, change) => {
        const text = current.getText();
        if (!('range' in change))
          return documentOf({ uri, languageId, version }, change.text, encoding());
        const start = current.offsetAt(change.range.start);
        const end = current.offsetAt(change.range.end);
        const next = text.slice(0, start) + change.text + text.slice(end);
        return documentOf({ uri, languageId, version }, next, encoding());
      }, document);
    },
  };
}

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
    const file = this.open(document, known);
    if (file === undefined) this.files.delete(uri);
    else this.files.set(uri, file);
    return file;
  }

  /**
   * Something besides the text has changed: what was worked out of it is worked out again, from
   * all that still holds.
   */
  renew(uri: string): void {
    const known = this.files.get(uri);
    const file = known && this.open(known.document, known);
    if (file !== undefined) this.files.set(uri, file);
  }

  /** The document is closed. */
  forget(uri: string): void {
    this.files.delete(uri);
  }
}
