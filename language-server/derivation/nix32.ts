/**
 * Nix's base 32: 32 letters (no `e`, `o`, `t`, `u`), least significant digits first in the bytes
 * but last in the text. Store path hashes and placeholders are written in it.
 */

const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz';

/** Writes bytes in nix32; 20 bytes make 32 letters, 32 bytes make 52. */
export function toNix32(bytes: Uint8Array): string {
  const length = Math.ceil((bytes.length * 8) / 5);
  let text = '';
  for (let digit = length - 1; digit >= 0; digit--) {
    const bit = digit * 5;
    const at = bit >> 3;
    const shift = bit & 7;
    const low = (bytes[at] ?? 0) >> shift;
    const high = (bytes[at + 1] ?? 0) << (8 - shift);
    text += ALPHABET.charAt((low | high) & 31);
  }
  return text;
}

/** Reads nix32 of `size` bytes; undefined when the text has another length or other letters. */
export function fromNix32(text: string, size: number): Uint8Array | undefined {
  if (text.length !== Math.ceil((size * 8) / 5)) return undefined;
  const bytes = new Uint8Array(size);
  for (let digit = 0; digit < text.length; digit++) {
    const value = ALPHABET.indexOf(text.charAt(text.length - 1 - digit));
    if (value < 0) return undefined;
    const bit = digit * 5;
    const at = bit >> 3;
    const wide = value << (bit & 7);
    bytes[at] = (bytes[at] ?? 0) | (wide & 0xff);
    const carry = wide >> 8;
    if (at + 1 < size) bytes[at + 1] = (bytes[at + 1] ?? 0) | carry;
    else if (carry !== 0) return undefined;
  }
  return bytes;
}

/** True for the 32 nix32 letters that begin every store path's name. */
export function isStoreHash(text: string): boolean {
  return /^[0-9abcdfghijklmnpqrsvwxyz]{32}$/.test(text);
}
