/**
 * Store paths: `<store directory>/<32 letters of hash>-<name>`. The hash is the sha256 of a
 * description of the object, folded to 20 bytes and written in nix32.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { sha256HexOf } from '../../proto/model/digest';
import { bytesOf, type ByteString } from './byte-string';
import type { Derivation } from './derivation';
import { isStoreHash, toNix32 } from './nix32';

export const DEFAULT_STORE_DIR = '/nix/store';
const DRV_SUFFIX = '.drv';

export type StorePath = {
  readonly storeDir: ByteString;
  /** `<hash>-<name>`. */
  readonly base: ByteString;
  readonly hash: ByteString;
  readonly name: ByteString;
};

/** Splits a store path; undefined when it has no hash and name where Nix puts them. */
export function parseStorePath(path: ByteString): StorePath | undefined {
  const slash = path.lastIndexOf('/');
  const base = path.slice(slash + 1);
  const hash = base.slice(0, 32);
  const name = base.slice(33);
  if (
    slash < 1 ||
    !path.startsWith('/') ||
    base.charAt(32) !== '-' ||
    !isStoreHash(hash) ||
    !isStoreName(name)
  ) {
    return undefined;
  }
  return { storeDir: path.slice(0, slash), base, hash, name };
}

/** Nix's rule for names: up to 211 of these characters, and never `.` or `..` (alone or before `-`). */
export function isStoreName(name: ByteString): boolean {
  return /^[0-9A-Za-z+\-._?=]{1,211}$/.test(name) && !/^\.\.?(?:-|$)/.test(name);
}

/** The last part of a path: `<hash>-<name>` for a store path. */
export function baseName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * A derivation's own name, from the base name of its file: `<hash>-<name>.drv`. Undefined for
 * a file that is not named like a derivation.
 */
export function derivationNameOf(path: ByteString): ByteString | undefined {
  const parsed = parseStorePath(path.startsWith('/') ? path : `${DEFAULT_STORE_DIR}/${path}`);
  if (parsed?.name.endsWith(DRV_SUFFIX) !== true) return undefined;
  return parsed.name.slice(0, -DRV_SUFFIX.length);
}

/**
 * The store directory a derivation was made for. A file does not say it, but its outputs, inputs
 * and sources do; one that names none is taken to be of {@link DEFAULT_STORE_DIR}.
 */
export function storeDirOf(derivation: Derivation): ByteString {
  for (const path of pathsIn(derivation)) {
    const parsed = parseStorePath(path);
    if (parsed !== undefined) return parsed.storeDir;
  }
  return DEFAULT_STORE_DIR;
}

/** One by one, as the first nearly always tells. */
function* pathsIn({ outputs, inputDrvs, inputSrcs }: Derivation): Generator<ByteString> {
  for (const { path } of outputs) yield path;
  for (const { path } of inputDrvs) yield path;
  yield* inputSrcs;
}

/** sha256 of a byte string, in base 16. */
export function sha256Hex(text: ByteString): string {
  return sha256HexOf(bytesOf(text));
}

/** Folds a hash to 20 bytes by xor, as Nix does for store paths. */
function fold(hash: Uint8Array): Uint8Array {
  const folded = new Uint8Array(20);
  hash.forEach((byte, at) => {
    folded[at % 20] = (folded[at % 20] ?? 0) ^ byte;
  });
  return folded;
}

/** The store path of an object of this type (`output:out`, `source`, `text:…`) and inner sha256. */
export function makeStorePath(
  type: ByteString,
  innerHex: string,
  storeDir: ByteString,
  name: ByteString,
): ByteString {
  const description = `${type}:sha256:${innerHex}:${storeDir}:${name}`;
  return `${storeDir}/${toNix32(fold(hexToBytes(sha256HexOf(bytesOf(description)))))}-${name}`;
}

/** The path of a text file in the store; `references` are the store paths that it mentions. */
export function textStorePath(
  bytes: Uint8Array,
  references: readonly ByteString[],
  storeDir: ByteString,
  name: ByteString,
): ByteString {
  let isSorted = true;
  for (let at = 1; at < references.length && isSorted; at++) {
    isSorted = (references[at - 1] ?? '') < (references[at] ?? '');
  }
  const sorted = isSorted ? references : [...new Set(references)].sort();
  return makeStorePath(
    sorted.length === 0 ? 'text' : `text:${sorted.join(':')}`,
    sha256HexOf(bytes),
    storeDir,
    name,
  );
}

type NamedPath = { readonly name: ByteString; readonly storeDir: ByteString; path: ByteString };

/** Of files that are in memory: each is hashed once, whoever asks. */
const derivationPaths = new WeakMap<Uint8Array, NamedPath>();

/** The path of a `.drv` file with these contents: a text whose references are its inputs. */
export function derivationPath(
  bytes: Uint8Array,
  derivation: Derivation,
  name: ByteString,
  storeDir: ByteString,
): ByteString {
  const known = derivationPaths.get(bytes);
  if (known?.name === name && known.storeDir === storeDir) return known.path;
  const inputs = derivation.inputDrvs.map((input) => input.path);
  const references = [...derivation.inputSrcs, ...inputs].sort();
  const path = textStorePath(bytes, references, storeDir, name + DRV_SUFFIX);
  derivationPaths.set(bytes, { name, storeDir, path });
  return path;
}

/** Outputs of a closure have a few names only. */
const placeholders = new Map<ByteString, ByteString>();

/** What stands for an output's path in a derivation until it is built. */
export function outputPlaceholder(name: ByteString): ByteString {
  const known = placeholders.get(name);
  if (known !== undefined) return known;
  const made = `/${toNix32(hexToBytes(sha256HexOf(bytesOf(`nix-output:${name}`))))}`;
  placeholders.set(name, made);
  return made;
}
