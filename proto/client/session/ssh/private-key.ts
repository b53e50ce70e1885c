/**
 * Private keys that a build may sign with, read from files: OpenSSH's own format, and the PEM
 * formats that Node reads (PKCS #1, PKCS #8, SEC 1). Keys with a passphrase are refused, as
 * BuildKit's own client refuses them: they belong into an agent.
 */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { SshFormatError, SshReader, sshInteger, sshStrings } from './ssh-wire';

/** The file holds no key that can be used; the message says why. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

export type SshKey = {
  /** The public half in SSH's form, by which the other side asks for this key. */
  readonly blob: Buffer;
  readonly comment: string;
  /** @param flags of the agent protocol: they choose RSA's hash */
  sign(data: Uint8Array, flags: number): Buffer;
};

type Curve = { readonly ssh: string; readonly jwk: string; readonly hash: string };

/** NIST curves by OpenSSL's name. */
const curves: Readonly<Record<string, Curve>> = {
  prime256v1: { ssh: 'nistp256', jwk: 'P-256', hash: 'sha256' },
  secp384r1: { ssh: 'nistp384', jwk: 'P-384', hash: 'sha384' },
  secp521r1: { ssh: 'nistp521', jwk: 'P-521', hash: 'sha512' },
};

/** @throws KeyError */
export function readPrivateKey(text: string, comment: string): SshKey {
  if (text.includes('-----BEGIN OPENSSH PRIVATE KEY-----')) return openSshKey(text, comment);
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch (error) {
    if (text.includes('ENCRYPTED')) throw new KeyError(passphrase);
    throw new KeyError(`it is no private key: ${error instanceof Error ? error.message : ''}`);
  }
  return signingKey(key, comment);
}

const passphrase =
  'it is protected by a passphrase; add it to an SSH agent with ssh-add and forward the agent';

/** The envelope that ssh-keygen writes: `openssh-key-v1`, cipher, public keys, private section. */
function openSshKey(text: string, comment: string): SshKey {
  const magic = 'openssh-key-v1\0';
  const body = text.replace(/-----[^-]+-----/g, '').replace(/\s/g, '');
  const bytes = Buffer.from(body, 'base64');
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic) {
    throw new KeyError('it is no OpenSSH key');
  }
  try {
    const outer = new SshReader(bytes.subarray(magic.length));
    const cipher = outer.text();
    outer.string(); // the name of the key derivation
    outer.string(); // its options
    if (cipher !== 'none') throw new KeyError(passphrase);
    if (outer.uint32() !== 1) throw new KeyError('it holds more than one key');
    outer.string(); // the public key; the private section has it again
    const inner = new SshReader(outer.string());
    inner.uint32();
    inner.uint32(); // two equal numbers, which tell whether decryption went well
    const key = createPrivateKey({ key: jwkOf(inner), format: 'jwk' });
    return signingKey(key, inner.text() || comment);
  } catch (error) {
    if (error instanceof SshFormatError) throw new KeyError('its data is cut off');
    throw error;
  }
}

/** The key of the private section as a JSON web key, which Node reads. */
function jwkOf(inner: SshReader): JsonWebKey {
  const type = inner.text();
  const number = () => sshInteger(inner.string());
  const url = (bytes: Buffer) => bytes.toString('base64url');
  if (type === 'ssh-ed25519') {
    const [x, both] = [inner.string(), inner.string()];
    return { kty: 'OKP', crv: 'Ed25519', x: url(x), d: url(both.subarray(0, 32)) };
  }
  if (type === 'ssh-rsa') {
    const [n, e, d, qi, p, q] = [number(), number(), number(), number(), number(), number()];
    const mod = (prime: Buffer) =>
      integerBytes(BigInt(`0x${hex(d)}`) % (BigInt(`0x${hex(prime)}`) - 1n));
    return {
      kty: 'RSA',
      ...{ n: url(unsigned(n)), e: url(unsigned(e)), d: url(unsigned(d)) },
      ...{ p: url(unsigned(p)), q: url(unsigned(q)), qi: url(unsigned(qi)) },
      ...{ dp: url(mod(p)), dq: url(mod(q)) },
    };
  }
  const curve = Object.values(curves).find(({ ssh }) => type === `ecdsa-sha2-${ssh}`);
  if (curve !== undefined) {
    inner.string(); // the curve's name again
    const point = inner.string();
    const size = (point.length - 1) / 2;
    const d = unsigned(number());
    return {
      kty: 'EC',
      crv: curve.jwk,
      x: url(point.subarray(1, 1 + size)),
      y: url(point.subarray(1 + size)),
      d: url(Buffer.concat([Buffer.alloc(Math.max(0, size - d.length)), d])),
    };
  }
  throw new KeyError(`keys of type ${JSON.stringify(type)} are not supported`);
}

const hex = (bytes: Buffer): string => bytes.toString('hex') || '0';
const unsigned = (bytes: Buffer): Buffer => (bytes[0] === 0 ? bytes.subarray(1) : bytes);

function integerBytes(value: bigint): Buffer {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
}

function signingKey(key: KeyObject, comment: string): SshKey {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const part = (value: string | undefined) => Buffer.from(value ?? '', 'base64url');
  const type: string = key.asymmetricKeyType ?? 'unknown';
  switch (type) {
    case 'ed25519':
      return {
        comment,
        blob: sshStrings('ssh-ed25519', part(jwk.x)),
        sign: (data) => sshStrings('ssh-ed25519', sign(null, data, key)),
      };
    case 'rsa':
      return {
        comment,
        blob: sshStrings('ssh-rsa', sshInteger(part(jwk.e)), sshInteger(part(jwk.n))),
        sign: (data, flags) => {
          const [name, hash] = rsaHash(flags);
          const padding = constants.RSA_PKCS1_PADDING;
          return sshStrings(name, sign(hash, data, { key, padding }));
        },
      };
    case 'ec': {
      const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
      if (curve === undefined) throw new KeyError('its curve is not one that SSH uses');
      const name = `ecdsa-sha2-${curve.ssh}`;
      const point = Buffer.concat([Buffer.of(4), part(jwk.x), part(jwk.y)]);
      return {
        comment,
        blob: sshStrings(name, curve.ssh, point),
        sign: (data) => {
          const raw = sign(curve.hash, data, { key, dsaEncoding: 'ieee-p1363' });
          const half = raw.length / 2;
          const [r, s] = [raw.subarray(0, half), raw.subarray(half)];
          return sshStrings(name, sshStrings(sshInteger(r), sshInteger(s)));
        },
      };
    }
    default:
      throw new KeyError(`keys of type ${type} are not supported`);
  }
}

/** Flag 2 asks for SHA-256, flag 4 for SHA-512; without one it is the SHA-1 of old servers. */
function rsaHash(flags: number): [name: string, hash: string] {
  if ((flags & 4) !== 0) return ['rsa-sha2-512', 'sha512'];
  if ((flags & 2) !== 0) return ['rsa-sha2-256', 'sha256'];
  return ['ssh-rsa', 'sha1'];
}
