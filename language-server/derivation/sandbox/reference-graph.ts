/**
 * Graphs of references that a derivation wants exported (`exportReferencesGraph`): a registration
 * text, or JSON for structured attributes.
 */
import { hexToBytes } from '@noble/hashes/utils.js';
import { textOf, type ByteString } from '../byte-string';
import { toNix32 } from '../nix32';
import { baseName } from '../store-path';
import type { ExportedGraphContents } from './environment';
import { jsonNumber, jsonObject, type JsonValue } from './structured-attributes';

/** What is known of one store path. */
export type KnownPath = {
  /** Store paths, itself included where it mentions itself. */
  readonly references: readonly ByteString[];
  readonly narSize: number;
  /** sha256 of its archive in base 16. */
  readonly narHash: string;
  /** Its content address as Nix writes it, if it has one. */
  readonly address?: string;
  /** Of a derivation: the paths of its outputs. */
  readonly outputs?: readonly ByteString[];
};

export type PathLookup = (path: ByteString) => KnownPath | undefined;

const byBase = (left: ByteString, right: ByteString): number =>
  baseName(left) < baseName(right) ? -1 : 1;

/** The store path that a path lies in: `/nix/store/<name>/bin` is inside of `/nix/store/<name>`. */
export function enclosingStorePath(path: ByteString, storeDir: ByteString): ByteString {
  const [first = ''] = path.slice(storeDir.length + 1).split('/');
  return `${storeDir}/${first}`;
}

/** Everything reachable from `paths`, themselves included, sorted as Nix sorts store paths. */
export function referenceClosure(paths: readonly ByteString[], lookup: PathLookup): ByteString[] {
  const seen = new Set<ByteString>();
  const pending = [...paths];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    pending.push(...(lookup(path)?.references ?? []));
  }
  return [...seen].sort(byBase);
}

export function exportedGraph(
  paths: readonly ByteString[],
  storeDir: ByteString,
  lookup: PathLookup,
): ExportedGraphContents {
  const roots = paths.map((path) => enclosingStorePath(path, storeDir));
  const named = referenceClosure(roots, lookup);
  // Of derivations Nix takes along all that they make.
  const made = named.flatMap((path) => lookup(path)?.outputs ?? []);
  const closure = made.length === 0 ? named : referenceClosure([...named, ...made], lookup);
  const lines = closure.flatMap((path) => {
    const references = [...(lookup(path)?.references ?? [])].sort(byBase);
    return [path, '', `${references.length}`, ...references];
  });
  return {
    text: lines.map((line) => `${line}\n`).join(''),
    json: closure.map((path) => pathJson(path, lookup)),
  };
}

function pathJson(path: ByteString, lookup: PathLookup): JsonValue {
  const { references, narSize, narHash, address } = lookup(path) ?? {
    references: [],
    narSize: 0,
    narHash: '',
    address: undefined,
  };
  const closureSize = referenceClosure([path], lookup).reduce(
    (sum, each) => sum + (lookup(each)?.narSize ?? 0),
    0,
  );
  const hash = `sha256:${toNix32(hexToBytes(narHash))}`;
  return jsonObject(
    new Map<string, JsonValue>([
      ['closureSize', jsonNumber(closureSize)],
      ['narHash', hash],
      ['narSize', jsonNumber(narSize)],
      ['path', textOf(path)],
      ['references', [...references].sort(byBase).map(textOf)],
      ['valid', true],
      ...(address === undefined ? [] : [['ca', address] satisfies [string, JsonValue]]),
    ]),
  );
}
