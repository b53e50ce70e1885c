/**
 * Hash modulo: the identity of a derivation with its fixed-output inputs replaced by what they
 * promise to produce, so that changing a download's mirror changes no output path above it.
 *
 * Nix: a fixed-output derivation counts as `fixed:out:ALGORITHM:HASH:PATH`; any other is printed
 * with its inputs named by their own hash modulo (merged and sorted) and hashed. For the paths
 * of its own outputs, those paths are blanked first, in the outputs and in the environment.
 */
import type { ByteString } from './byte-string';
import { isFixedOutput, outputKind, type Derivation, type InputDerivation } from './derivation';
import { derivationText } from './print';
import { makeStorePath, sha256Hex } from './store-path';

/** Finds the derivation at a store path; undefined when it is not known. */
export type DerivationLookup = (path: ByteString) => Derivation | undefined;

type OutputPaths = ReadonlyMap<ByteString, ByteString>;

/**
 * Hashes modulo for the derivations of one closure, each computed once.
 * A hash is undefined when an input is missing, part of a cycle, or has no path before it is built
 * (content-addressed, dynamic): then nothing above it can be verified.
 */
export class ModuloHashes {
  private readonly known = new Map<ByteString, string | undefined>();
  private readonly maskedHashes = new WeakMap<Derivation, string | undefined>();

  /** Output paths that were computed from these hashes; for {@link expectedOutputPaths}. */
  readonly expected = new WeakMap<
    Derivation,
    { readonly name: ByteString; readonly storeDir: ByteString; paths: OutputPaths }
  >();

  constructor(private readonly lookup: DerivationLookup) {}

  /** The hash by which users of the derivation at `path` name it. */
  of(path: ByteString): string | undefined {
    this.prepare(path);
    return this.known.get(path);
  }

  /** The hash with the derivation's own output paths blanked: what these paths are made from. */
  masked(derivation: Derivation): string | undefined {
    if (this.maskedHashes.has(derivation)) return this.maskedHashes.get(derivation);
    const hash = this.computeMasked(derivation);
    this.maskedHashes.set(derivation, hash);
    return hash;
  }

  private computeMasked(derivation: Derivation): string | undefined {
    for (const input of derivation.inputDrvs) this.prepare(input.path);
    const inputs = this.renamedInputs(derivation);
    if (inputs === undefined) return undefined;
    return sha256Hex(
      derivationText({
        ...derivation,
        outputs: derivation.outputs.map((output) => ({ ...output, path: '' })),
        inputDrvs: inputs,
        env: derivation.env.map((entry) =>
          derivation.outputs.some(({ name }) => name === entry.name)
            ? { name: entry.name, value: '' }
            : entry,
        ),
      }),
    );
  }

  /** Computes inputs before their users, on an explicit stack: closures run hundreds deep. */
  private prepare(root: ByteString): void {
    const open = new Set<ByteString>();
    const stack = [root];
    for (let path = stack.at(-1); path !== undefined; path = stack.at(-1)) {
      const derivation = this.known.has(path) ? undefined : this.lookup(path);
      if (derivation === undefined || isFixedOutput(derivation) || open.has(path)) {
        stack.pop();
        if (!this.known.has(path)) {
          this.known.set(path, derivation === undefined ? undefined : this.compute(derivation));
        }
        continue;
      }
      open.add(path);
      for (const input of derivation.inputDrvs) {
        if (!this.known.has(input.path) && !open.has(input.path)) stack.push(input.path);
      }
    }
  }

  private compute(derivation: Derivation): string | undefined {
    const [output] = derivation.outputs;
    if (output !== undefined && isFixedOutput(derivation)) {
      return sha256Hex(`fixed:out:${output.hashAlgorithm}:${output.hash}:${output.path}`);
    }
    if (derivation.outputs.some((each) => outputKind(each) !== 'input-addressed')) return undefined;
    const inputDrvs = this.renamedInputs(derivation);
    return inputDrvs && sha256Hex(derivationText({ ...derivation, inputDrvs }));
  }

  private renamedInputs(derivation: Derivation): InputDerivation[] | undefined {
    const byHash = new Map<string, Set<ByteString>>();
    for (const input of derivation.inputDrvs) {
      const hash = this.known.get(input.path);
      if (hash === undefined || input.dynamic !== undefined) return undefined;
      const outputs = byHash.get(hash) ?? new Set();
      for (const name of input.outputs) outputs.add(name);
      byHash.set(hash, outputs);
    }
    return [...byHash]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([path, outputs]) => ({ path, outputs: [...outputs].sort() }));
  }
}

/** The name of an output's store path: the derivation's, with `-NAME` unless it is `out`. */
export function outputPathName(derivationName: ByteString, output: ByteString): ByteString {
  return output === 'out' ? derivationName : `${derivationName}-${output}`;
}

/** Splits `r:sha256` into how the contents are hashed and by which algorithm. */
export function hashMethodOf(hashAlgorithm: ByteString): {
  readonly method: 'flat' | 'recursive' | 'text' | 'git';
  readonly algorithm: ByteString;
} {
  if (hashAlgorithm.startsWith('r:')) {
    return { method: 'recursive', algorithm: hashAlgorithm.slice(2) };
  }
  if (hashAlgorithm.startsWith('text:')) {
    return { method: 'text', algorithm: hashAlgorithm.slice(5) };
  }
  if (hashAlgorithm.startsWith('git:')) {
    return { method: 'git', algorithm: hashAlgorithm.slice(4) };
  }
  return { method: 'flat', algorithm: hashAlgorithm };
}

/**
 * The path of a fixed output without references. Nix names recursive sha256 contents as it names
 * sources, so that a fetched tree and the same tree added by hand are one path; the others go
 * through `fixed:out:`.
 */
export function fixedOutputPath(
  hashAlgorithm: ByteString,
  hash: ByteString,
  storeDir: ByteString,
  name: ByteString,
): ByteString {
  if (hashAlgorithm === 'r:sha256') return makeStorePath('source', hash, storeDir, name);
  if (hashAlgorithm === 'text:sha256') return makeStorePath('text', hash, storeDir, name);
  const inner = sha256Hex(`fixed:out:${hashAlgorithm}:${hash}:`);
  return makeStorePath('output:out', inner, storeDir, name);
}

/**
 * The output paths a derivation must have, by output name, recomputed from its contents and those
 * of its inputs. Outputs without a path before the build are left out, and so are input-addressed
 * ones when an input is not known.
 */
export function expectedOutputPaths(
  derivation: Derivation,
  name: ByteString,
  storeDir: ByteString,
  hashes: ModuloHashes,
): OutputPaths {
  const known = hashes.expected.get(derivation);
  if (known?.name === name && known.storeDir === storeDir) return known.paths;
  const paths = outputPaths(derivation, name, storeDir, hashes);
  hashes.expected.set(derivation, { name, storeDir, paths });
  return paths;
}

function outputPaths(
  derivation: Derivation,
  name: ByteString,
  storeDir: ByteString,
  hashes: ModuloHashes,
): OutputPaths {
  const paths = new Map<ByteString, ByteString>();
  let masked: string | undefined;
  for (const output of derivation.outputs) {
    const kind = outputKind(output);
    const pathName = outputPathName(name, output.name);
    if (kind === 'fixed') {
      paths.set(
        output.name,
        fixedOutputPath(output.hashAlgorithm, output.hash, storeDir, pathName),
      );
    } else if (kind === 'input-addressed') {
      masked ??= hashes.masked(derivation);
      if (masked === undefined) continue;
      paths.set(output.name, makeStorePath(`output:${output.name}`, masked, storeDir, pathName));
    }
  }
  return paths;
}
