/**
 * Positions in the encoding that client and server have agreed on.
 *
 * Inside the server everything counts UTF-16 code units from the start of the text. Only the
 * document turns offsets into lines and characters and back, so it alone knows the encoding.
 */
import type { Position, Range } from 'vscode-languageserver-types';
import { TextDocument } from 'vscode-languageserver-textdocument';

export type Encoding = 'utf-8' | 'utf-16' | 'utf-32';

/** The client's first choice among those that are known; UTF-16 for a client that says nothing. */
export function chooseEncoding(offered: readonly string[] | undefined): Encoding {
  return offered?.find(isEncoding) ?? 'utf-16';
}

function isEncoding(text: string): text is Encoding {
  return text === 'utf-8' || text === 'utf-16' || text === 'utf-32';
}

/** A document whose positions count in the encoding. */
export function documentOf(
  { uri, languageId, version }: Pick<TextDocument, 'uri' | 'languageId' | 'version'>,
  text: string,
  encoding: Encoding,
): TextDocument {
  const document = TextDocument.create(uri, languageId, version, text);
  // In ASCII all encodings count alike.
  // eslint-disable-next-line no-control-regex -- the range is ASCII itself
  if (encoding === 'utf-16' || /^[\u0000-\u007f]*$/.test(text)) return document;
  return new EncodedDocument(document, unitsOf[encoding]);
}

/** How many units of an encoding a text takes. */
const unitsOf = {
  'utf-8': (text: string) => new TextEncoder().encode(text).length,
  'utf-32': (text: string) =>
    text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0),
} as const;

class EncodedDocument implements TextDocument {
  constructor(
    private readonly inner: TextDocument,
    private readonly units: (text: string) => number,
  ) {}

  get uri(): string {
    return this.inner.uri;
  }

  get languageId(): string {
    return this.inner.languageId;
  }

  get version(): number {
    return this.inner.version;
  }

  get lineCount(): number {
    return this.inner.lineCount;
  }

  getLineRange(line: number): Range {
    const { start, end } = this.inner.getLineRange(line);
    return {
      start: this.positionAt(this.inner.offsetAt(start)),
      end: this.positionAt(this.inner.offsetAt(end)),
    };
  }

  getEOLCharacters(line: number): string {
    return this.inner.getEOLCharacters(line);
  }

  getText(range?: Range): string {
    const text = this.inner.getText();
    if (range === undefined) return text;
    return text.slice(this.offsetAt(range.start), this.offsetAt(range.end));
  }

  positionAt(offset: number): Position {
    const { line, character } = this.inner.positionAt(offset);
    const start = this.inner.offsetAt({ line, character: 0 });
    const before = this.inner.getText().slice(start, start + character);
    return { line, character: this.units(before) };
  }

  offsetAt({ line, character }: Position): number {
    const start = this.inner.offsetAt({ line, character: 0 });
    const end = this.inner.offsetAt({ line, character: Number.MAX_SAFE_INTEGER });
    let offset = start;
    let units = 0;
    for (const unit of this.inner.getText().slice(start, end)) {
      if (units >= character) break;
      units += this.units(unit);
      offset += unit.length;
    }
    return offset;
  }
}
