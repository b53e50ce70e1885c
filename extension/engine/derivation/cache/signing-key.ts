/** Nix's signing keys, as `nix key generate-secret` writes them: `NAME:` and base 64. */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 and in SPKI. */
const PRIVATE = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_SIZE = 32;

export type SigningKey = { readonly name: string; readonly key: KeyObject };

/** @throws Error with what is wrong; never with the key */
export function secretKey(text: string): SigningKey {
  const { name, bytes } = parts(text);
  // The secret half comes first, then the public one.
  if (bytes.length !== 2 * KEY_SIZE) throw new Error('is no secret key of a binary cache');
  const der = Buffer.concat([PRIVATE, bytes.subarray(0, KEY_SIZE)]);
  return { name, key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
}

/** @throws Error with what is wrong */
export function publicKey(text: string): SigningKey {
  const { name, bytes } = parts(text);
  if (bytes.length !== KEY_SIZE) {
    throw new Error(
      `"${text}" is no public key of a binary cache: give NAME:KEY, as nix key ` +
        'convert-secret-to-public prints it.',
    );
  }
  const der = Buffer.concat([PUBLIC, bytes]);
  return { name, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
}

function parts(text: string): { readonly name: string; readonly bytes: Buffer } {
  const trimmed = text.trim();
  const at = trimmed.indexOf(':');
  return {
    name: trimmed.slice(0, Math.max(0, at)),
    bytes: Buffer.from(trimmed.slice(at + 1), 'base64'),
  };
}

/** `NAME:` and base 64. */
export function signText(text: string, { name, key }: SigningKey): string {
  return `${name}:${sign(null, Buffer.from(text), key).toString('base64')}`;
}

/** Whether one of the signatures is by one of these public keys. */
export function isSigned(
  text: string,
  signatures: readonly string[],
  keys: readonly SigningKey[],
): boolean {
  return signatures.some((signature) => {
    const { name, bytes } = parts(signature);
    return keys.some(
      (each) => each.name === name && verify(null, Buffer.from(text), each.key, bytes),
    );
  });
}
