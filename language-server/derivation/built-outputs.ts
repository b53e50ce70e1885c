/** What a build made: each output's path, NAR hash and references, as `llb-lens drv --build` prints. */
import type { ByteString } from './byte-string';
import type { CompiledOutput } from './compile/compiled-closure';
import { treeAt, type FileTree } from './file-tree';
import type { Derivation } from './derivation';
import { narHash } from './nar';
import { optionsOf } from './options';
import { StorePathScanner } from './references';

export type BuiltOutput = {
  readonly drv: ByteString;
  readonly name: ByteString;
  readonly path: ByteString;
  /** `sha256-` and base 64. */
  readonly narHash: string;
  /** Bytes. */
  readonly narSize: number;
  /** Store paths, sorted. */
  readonly references: readonly ByteString[];
};

/**
 * Looks at the outputs in the file system a build left (its result, or a copy of it), inputs before
 * those that use them. Outputs that are not there are left out. References are looked for among what
 * Nix shows a builder: its inputs and all that these refer to.
 * @param derivationAt one that is built, by its path
 * @param sourceReferences what a path refers to that is not built
 */
export function builtOutputs(
  outputs: readonly CompiledOutput[],
  derivationAt: (drv: ByteString) => Derivation | undefined,
  sourceReferences: (path: ByteString) => readonly ByteString[] | undefined,
  result: FileTree,
): BuiltOutput[] {
  const found = new Map<ByteString, readonly ByteString[]>();
  return outputs.flatMap(({ drv, name, path, scope }) => {
    const tree = treeAt(result, path);
    if (tree === undefined) return [];
    const own = outputs.filter((each) => each.drv === drv).map((output) => output.path);
    const derivation = derivationAt(drv);
    const discards = derivation !== undefined && optionsOf(derivation).discardsReferences.has(name);
    const shown = reachable(scope.direct, (each) => found.get(each) ?? sourceReferences(each)) ??
      // Of something nothing is known: what was there is the least that includes all.
      [...scope.outputs.keys(), ...scope.sources];
    const scanner = new StorePathScanner([...own, ...shown]);
    const { hash, size } = narHash(tree, (piece) => scanner.push(piece));
    const references = discards ? [] : scanner.mentioned;
    found.set(path, references);
    return [{ drv, name, path, narHash: hash, narSize: size, references }];
  });
}

/** Everything that paths lead to, themselves included; undefined where that is not known of one. */
function reachable(
  paths: ReadonlySet<ByteString>,
  referencesOf: (path: ByteString) => readonly ByteString[] | undefined,
): ReadonlySet<ByteString> | undefined {
  const all = new Set(paths);
  // A set that grows while it is walked is walked to its new end.
  for (const path of all) {
    const references = referencesOf(path);
    if (references === undefined) return undefined;
    for (const each of references) all.add(each);
  }
  return all;
}
