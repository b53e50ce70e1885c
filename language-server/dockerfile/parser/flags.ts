/**
 * Flags between an instruction's keyword and its arguments.
 *
 * BuildKit reads them byte by byte: a character past ASCII falls apart into its bytes (`ü` becomes
 * `Ã¼`), and the bytes 0x85 and 0xA0 count as white space.
 */
import { fromByteString, hasWide, toByteString, byteLength } from '../text/bytes';
import { isSpace } from '../text/go';

export type RawFlag = {
  readonly text: string;
  /** Offsets in the text that was read. */
  readonly start: number;
  readonly end: number;
};

export type SplitFlags = {
  readonly flags: readonly RawFlag[];
  /** What follows the flags, and where it starts. */
  readonly rest: string;
  readonly restStart: number;
};

/** Takes the flags off the front of an instruction's arguments. */
export function splitFlags(text: string, escape: string): SplitFlags {
  const wide = hasWide(text);
  const bytes = wide ? toByteString(text) : text;
  const { flags, restStart } = scan(bytes, escape);
  const rest = fromByteString(bytes.slice(restStart));
  if (!wide) return { flags, rest, restStart };
  const place = (offset: number): number => characterAt(text, offset);
  return {
    flags: flags.map((flag) => ({ ...flag, start: place(flag.start), end: place(flag.end) })),
    rest,
    restStart: place(restStart),
  };
}

function scan(bytes: string, escape: string): { flags: RawFlag[]; restStart: number } {
  const flags: RawFlag[] = [];
  let at = 0;
  for (;;) {
    while (at < bytes.length && isSpace(bytes.charCodeAt(at))) at++;
    if (at >= bytes.length || !bytes.startsWith('--', at)) return { flags, restStart: at };
    const word = readWord(bytes, at, escape);
    // A lone `--` ends the flags; at the end of the line it is dropped.
    if (word.text === '--') return { flags, restStart: word.end };
    if (word.text !== '' || word.quoted) flags.push({ text: word.text, start: at, end: word.end });
    at = word.end;
  }
}

function readWord(
  bytes: string,
  start: number,
  escape: string,
): { text: string; end: number; quoted: boolean } {
  let text = '';
  let quoted = false;
  let quote: string | undefined;
  let at = start;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? '';
    if (quote === undefined) {
      if (isSpace(byte.charCodeAt(0))) break;
      if (byte === "'" || byte === '"') {
        quote = byte;
        quoted = true;
        continue;
      }
    } else if (byte === quote) {
      quote = undefined;
      continue;
    }
    if (byte !== escape) text += byte;
    else if (at + 1 < bytes.length) text += bytes[++at] ?? '';
    else quote = undefined; // An escape at the very end is dropped, and closes a quote.
  }
  return { text, end: at, quoted };
}

/** The character offset of a byte offset. */
function characterAt(text: string, byteOffset: number): number {
  let bytes = 0;
  let index = 0;
  while (index < text.length && bytes < byteOffset) {
    const units = (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
    bytes += byteLength(text.slice(index, index + units));
    index += units;
  }
  return index;
}
