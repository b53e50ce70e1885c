/** Content digests, as BuildKit names ops, blobs and images: `sha256:` and 64 lower-case hex digits. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

declare const brand: unique symbol;

/** `sha256:<64 lower-case hex digits>`; only {@link digestOf} and {@link parseDigest} make one. */
export type Digest = string & { readonly [brand]: 'Digest' };

/** Says whether a text is a sha256 digest in canonical form. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The digest that `text` spells, or undefined when it spells none. */
export function parseDigest(text: string): Digest | undefined {
  return isDigest(text) ? text : undefined;
}

let sha256Hex = (bytes: Uint8Array): string => bytesToHex(sha256(bytes));

/** Lets the platform's own sha256 do the work: it gives the same hex digits in less time. */
export function useSha256(hash: (bytes: Uint8Array) => string): void {
  sha256Hex = hash;
}

/** The sha256 of bytes in base 16, by the quickest means there are. */
export function sha256HexOf(bytes: Uint8Array): string {
  return sha256Hex(bytes);
}

/** The sha256 digest of raw bytes; an op's digest is that of its serialized `pb.Op`. */
export function digestOf(bytes: Uint8Array): Digest {
  const text = `sha256:${sha256Hex(bytes)}`;
  if (!isOfDigestLength(text)) throw new Error(`not a digest: ${text}`);
  return text;
}

/** Enough for what a hash function gives, and cheaper; see {@link isDigest} for texts from outside. */
function isOfDigestLength(text: string): text is Digest {
  return text.length === 71;
}
