/**
 * Bytes as JavaScript strings and back, without loss.
 *
 * A Dockerfile is a sequence of bytes, and BuildKit keeps the invalid ones until something decodes
 * them. Here each byte that is not valid UTF-8 becomes one lone low surrogate, U+DC80 … U+DCFF
 * (as Python's `surrogateescape` does), so `toBytes(fromBytes(b))` is `b` and every invalid byte is
 * one character, as it is one rune in Go.
 */

const escapeBase = 0xdc00;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const anySurrogate = /[\ud800-\udfff]/;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Decodes bytes; those that are not UTF-8 by Go's rules become escaped bytes. */
export function fromBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeWithEscapes(bytes);
  }
}

/** Encodes a text, escaped bytes as themselves; other lone surrogates become U+FFFD. */
export function toBytes(text: string): Uint8Array {
  if (isWellFormed(text)) return encoder.encode(text);
  const parts: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (isEscapedByte(code)) parts.push(code - escapeBase);
    else parts.push(...encoder.encode(character));
  }
  return Uint8Array.from(parts);
}

/** Says whether a text has neither escaped bytes nor other lone surrogates. */
export function isWellFormed(text: string): boolean {
  if (!anySurrogate.test(text)) return true;
  loneSurrogate.lastIndex = 0;
  return !loneSurrogate.test(text);
}

/** What Go's rune decoding makes of a text: every invalid byte is U+FFFD. */
export function asRunes(text: string): string {
  return anySurrogate.test(text) ? text.replace(loneSurrogate, '\ufffd') : text;
}

/** The number of bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80 || isEscapedByte(code)) length += 1;
    else if (code < 0x800) length += 2;
    else if (code >= 0xd800 && code < 0xdc00) {
      length += 4;
      index++;
    } else length += 3;
  }
  return length;
}

/** A text as a string of its bytes: one character, U+0000 … U+00FF, for each. */
export function toByteString(text: string): string {
  if (!hasWide(text)) return text;
  let result = '';
  for (const byte of toBytes(text)) result += String.fromCharCode(byte);
  return result;
}

/** The text whose bytes a byte string holds. */
export function fromByteString(bytes: string): string {
  if (!hasWide(bytes)) return bytes;
  return fromBytes(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
}

/** Whether a text has characters past ASCII, so that bytes and characters differ. */
export function hasWide(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) >= 0x80) return true;
  }
  return false;
}

function isEscapedByte(code: number): boolean {
  return code >= escapeBase + 0x80 && code <= escapeBase + 0xff;
}

function decodeWithEscapes(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length;) {
    const length = sequenceLength(bytes, index);
    if (length === 0) {
      text += String.fromCharCode(escapeBase + (bytes[index] ?? 0));
      index += 1;
    } else {
      text += strict.decode(bytes.subarray(index, index + length));
      index += length;
    }
  }
  return text;
}

/** The length of the valid UTF-8 sequence at `index`, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || index + length > bytes.length) return 0;
  const second = bytes[index + 1] ?? 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let next = index + 2; next < index + length; next++) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a.length === b.length && a.every((byte, index) => byte === b[index]));
}
