/**
 * Content addresses as Nix writes them, for exported graphs: `fixed:r:sha256:…`, `text:sha256:…`, with
 * the hash in its own base 32. Of sources nothing says how they were added: their paths do, since a
 * path follows from the way and the hash.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import type { ByteString } from '../byte-string';
import type { DerivationOutput } from '../derivation';
import { hashMethodOf } from '../hash-modulo';
import type { ArchiveInfo } from '../knowledge';
import { toNix32 } from '../nix32';
import { makeStorePath, parseStorePath, sha256Hex } from '../store-path';

const PREFIXES = {
  flat: 'fixed:',
  recursive: 'fixed:r:',
  git: 'fixed:git:',
  text: 'text:',
} as const;

/** The address of an output whose hash was fixed beforehand; undefined for others. */
export function fixedAddress({ hashAlgorithm, hash }: DerivationOutput): string | undefined {
  if (hashAlgorithm === '' || hash === '' || hash === 'impure') return undefined;
  const { method, algorithm } = hashMethodOf(hashAlgorithm);
  return nixAddress(`${PREFIXES[method]}${algorithm}:${hash}`);
}

/** An address whose hash is in base 16, as reports have it. */
export function nixAddress(address: ByteString): string {
  const at = address.lastIndexOf(':') + 1;
  return `${address.slice(0, at)}${toNix32(hexToBytes(address.slice(at)))}`;
}

/** How a source got its path; undefined for one that a derivation has made. */
export function sourceAddress(
  path: ByteString,
  references: readonly ByteString[],
  { hash, flat }: ArchiveInfo,
): string | undefined {
  const parsed = parseStorePath(path);
  if (parsed === undefined) return undefined;
  const { storeDir, name } = parsed;
  const sorted = [...references].sort();
  const isAt = (type: string, inner: string): boolean =>
    makeStorePath(type, inner, storeDir, name) === path;
  if (isAt(['source', ...sorted].join(':'), hash)) return nixAddress(`fixed:r:sha256:${hash}`);
  if (flat === undefined) return undefined;
  if (isAt(['text', ...sorted].join(':'), flat)) return nixAddress(`text:sha256:${flat}`);
  return isAt('output:out', sha256Hex(`fixed:out:sha256:${flat}:`))
    ? nixAddress(`fixed:sha256:${flat}`)
    : undefined;
}
