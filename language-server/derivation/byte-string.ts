/**
 * Byte strings: a derivation's texts may be in any encoding, so each character stands for one byte
 * (code units 0 to 255). Comparison, slicing and printing are then exact and never lose a byte.
 */

/** A string whose code units are bytes. Turn it into text for people with {@link textOf}. */
export type ByteString = string;

const CHUNK = 8192;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads bytes as a byte string: one code unit per byte. */
export function byteStringOf(bytes: Uint8Array): ByteString {
  // Nearly all texts are ASCII, for which the platform's decoder gives the same much sooner. In UTF-8
  // only ASCII has a character for each byte, or what is no UTF-8 and becomes U+FFFD.
  const text = decoder.decode(bytes);
  if (text.length === bytes.length && !text.includes('\ufffd')) return text;
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  }
  return parts.join('');
}

/** Whether bytes are all ASCII, and none of them NUL. */
export function isPlainText(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte > 0x7f || byte === 0) return false;
  return true;
}

/** The bytes of a byte string. */
export function bytesOf(text: ByteString): Uint8Array {
  // Beyond ASCII a character takes two bytes or more in UTF-8, so equal lengths say there is none.
  const ascii = encoder.encode(text);
  if (ascii.length === text.length) return ascii;
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** The byte string of a text, in UTF-8. */
export function byteStringOfText(text: string): ByteString {
  return byteStringOf(new TextEncoder().encode(text));
}

const ASCII = /^[\x00-\x7f]*$/; // eslint-disable-line no-control-regex -- every ASCII byte, controls too

/** A byte string as text for people: UTF-8, with U+FFFD where it is not. */
export function textOf(text: ByteString): string {
  return ASCII.test(text) ? text : new TextDecoder().decode(bytesOf(text));
}

/** The UTF-8 text of a byte string, or undefined when it is not UTF-8. */
export function exactTextOf(text: ByteString): string | undefined {
  if (ASCII.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(text));
  } catch {
    return undefined;
  }
}
