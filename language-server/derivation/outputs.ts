/** Paths of a closure, recomputed from contents: what `llb-lens drv --paths` prints. */
import type { ByteString } from './byte-string';
import type { Closure } from './closure';
import { expectedOutputPaths, ModuloHashes } from './hash-modulo';
import { derivationNameOf, derivationPath, storeDirOf } from './store-path';

export type DerivationPaths = {
  /** The path the file must have, from its contents. */
  readonly drv: ByteString;
  /** By output name; without those that have no path before the build. */
  readonly outputs: Readonly<Record<string, ByteString>>;
};

/** A closure does not change once it is loaded, and several ask for its hashes. */
const known = new WeakMap<Closure['derivations'], ModuloHashes>();

/** The hashes modulo of a closure's derivations, each computed at most once. */
export function moduloHashesOf({ derivations }: Pick<Closure, 'derivations'>): ModuloHashes {
  const hashes =
    known.get(derivations) ?? new ModuloHashes((path) => derivations.get(path)?.derivation);
  known.set(derivations, hashes);
  return hashes;
}

/** The paths of every readable derivation of a closure, inputs before their users. */
export function closurePaths(closure: Closure): DerivationPaths[] {
  const hashes = moduloHashesOf(closure);
  return [...closure.derivations.values()].flatMap(({ path, bytes, derivation }) => {
    const name = derivationNameOf(path) ?? derivation?.env.find((e) => e.name === 'name')?.value;
    if (derivation === undefined || name === undefined) return [];
    const storeDir = storeDirOf(derivation);
    return [
      {
        drv: derivationPath(bytes, derivation, name, storeDir),
        outputs: Object.fromEntries(expectedOutputPaths(derivation, name, storeDir, hashes)),
      },
    ];
  });
}
