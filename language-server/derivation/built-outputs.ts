/** What a build made: each output's path, NAR hash and references, as `llb-lens drv --build` prints. */
import type { ByteString } from './byte-string';
import type { Closure } from './closure';
import type { CompiledOutput } from './compiled-closure';
import { treeAt, type FileTree } from './file-tree';
import { narHash } from './nar';
import { StorePathScanner } from './references';
import { visibleInputs } from './visible-inputs';

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
  closure: Closure,
  result: FileTree,
): BuiltOutput[] {
  const visible = visibleInputs(closure, 'closure');
  return outputs.flatMap(({ drv, name, path }) => {
    const tree = treeAt(result, path);
    if (tree === undefined) return [];
    const inputs = visible?.get(drv);
    const own = closure.derivations.get(drv)?.derivation?.outputs ?? [];
    const candidates = [
      ...own.map((output) => output.path),
      ...(inputs?.outputs.keys() ?? []),
      ...(inputs?.sources ?? []),
    ];
    const scanner = new StorePathScanner(candidates);
    const { hash, size } = narHash(tree, (piece) => scanner.push(piece));
    return [{ drv, name, path, narHash: hash, narSize: size, references: scanner.mentioned }];
  });
}
