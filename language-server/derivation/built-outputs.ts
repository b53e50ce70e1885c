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
 * Looks at the outputs in the file system a build left (its result, or a copy of it). Outputs that
 * are not there are left out. References are looked for among what the builder could see.
 */
export function builtOutputs(
  outputs: readonly CompiledOutput[],
  derivationAt: (drv: ByteString) => Derivation | undefined,
  result: FileTree,
): BuiltOutput[] {
  return outputs.flatMap(({ drv, name, path, scope }) => {
    const tree = treeAt(result, path);
    if (tree === undefined) return [];
    const own = outputs.filter((each) => each.drv === drv).map((output) => output.path);
    const derivation = derivationAt(drv);
    const discards = derivation !== undefined && optionsOf(derivation).discardsReferences.has(name);
    const candidates = [...own, ...scope.outputs.keys(), ...scope.sources];
    const scanner = new StorePathScanner(candidates);
    const { hash, size } = narHash(tree, (piece) => scanner.push(piece));
    const references = discards ? [] : scanner.mentioned;
    return [{ drv, name, path, narHash: hash, narSize: size, references }];
  });
}
