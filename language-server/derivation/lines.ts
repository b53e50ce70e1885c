/** Turns byte offsets of a file into lines and characters, as editors and BuildKit count them. */
import type { Position, SourceRange } from '../../proto/model/definition';
import type { ByteRange } from './syntax';

export type Lines = {
  /** Zero-based line and UTF-16 character, as LSP counts. */
  position(offset: number): { readonly line: number; readonly character: number };
  /** The byte offset of an LSP position; past a line's end it is that end. */
  offset(position: { readonly line: number; readonly character: number }): number;
  /** As BuildKit's source maps count: lines from 1. */
  sourceRange(range: ByteRange): SourceRange;
};

const NEWLINE = 10;

/** UTF-16 length of a piece of a file; what is not UTF-8 counts as the U+FFFD that editors show. */
function characters(bytes: Uint8Array): number {
  return new TextDecoder().decode(bytes).length;
}

/** Indexes a file once; each lookup is then a binary search and one decoded line piece. */
export function linesOf(bytes: Uint8Array): Lines {
  const starts = [0];
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    starts.push(at + 1);
  }
  const lineOf = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const position: Lines['position'] = (offset) => {
    const line = lineOf(offset);
    return { line, character: characters(bytes.subarray(starts[line] ?? 0, offset)) };
  };
  const sourcePosition = (offset: number): Position => {
    const { line, character } = position(offset);
    return { line: line + 1, character };
  };
  return {
    position,
    offset({ line, character }) {
      const start = starts[line] ?? bytes.length;
      const end = starts[line + 1] ?? bytes.length;
      const text = new TextDecoder().decode(bytes.subarray(start, end)).slice(0, character);
      return Math.min(start + new TextEncoder().encode(text).length, end);
    },
    sourceRange: ({ start, end }) => ({ start: sourcePosition(start), end: sourcePosition(end) }),
  };
}
