/** The physical lines of a text, as BuildKit's scanner hands them out. */
import { byteLength } from '../text/bytes';
import { ownText } from '../text/own-text';

/** BuildKit's buffer holds this many bytes: a line must fit with its line feed, or with room left. */
const bufferSize = 65_536;

export type PhysicalLine = {
  /** Offsets in the text; `end` includes the line feed. */
  readonly start: number;
  readonly end: number;
  /** The line without any trailing `\r` and `\n`. */
  readonly content: string;
};

/** Reads line after line; `\n` alone ends a line. */
export class LineReader {
  /** True once a line did not fit; nothing more is read then. */
  tooLong = false;
  /** Where the next line starts. */
  next: number;

  /** @param owned lines are to be texts of their own; see {@link ownText} */
  constructor(
    private readonly text: string,
    start = 0,
    private readonly owned = false,
  ) {
    this.next = start;
  }

  read(): PhysicalLine | undefined {
    const { text } = this;
    if (this.tooLong || this.next >= text.length) return undefined;
    const start = this.next;
    const feed = text.indexOf('\n', start);
    const end = feed < 0 ? text.length : feed + 1;
    if (!fits(text.slice(start, end))) {
      this.tooLong = true;
      return undefined;
    }
    this.next = end;
    let contentEnd = end;
    while (contentEnd > start && isLineEnd(text.charCodeAt(contentEnd - 1))) contentEnd--;
    const content = text.slice(start, contentEnd);
    return { start, end, content: this.owned ? ownText(content) : content };
  }
}

/** BuildKit's words for a line that does not fit. */
export const lineTooLong = `dockerfile line greater than max allowed size of ${bufferSize - 1}`;

function fits(line: string): boolean {
  // A character has at most three bytes for each UTF-16 unit.
  if (line.length * 3 < bufferSize) return true;
  return byteLength(line) + (line.endsWith('\n') ? 0 : 1) <= bufferSize;
}

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d;
}
