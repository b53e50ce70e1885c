/**
 * Closures of any size and shape, written as `.drv` files: what Nix would have instantiated. Their
 * builder is the sandbox's own shell, so they need no sources.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Derivation } from '../../language-server/derivation/derivation';
import { expectedOutputPaths, ModuloHashes } from '../../language-server/derivation/hash-modulo';
import { printDerivation } from '../../language-server/derivation/print';
import { derivationPath } from '../../language-server/derivation/store-path';

const STORE = '/nix/store';

/** How derivations stand on each other. */
export type Shape = 'chain' | 'diamonds' | 'wide';

export type MadeUpClosure = {
  /** The `.drv` file that needs all others. */
  readonly root: string;
  readonly count: number;
};

export type MadeUpOptions = {
  readonly shape: Shape;
  /** Derivations in all, the root among them; at least 2. */
  readonly count: number;
  /** Part of every name, so that a closure is not in a cache yet. */
  readonly seed: string;
  /** Characters of a file that each derivation gets, to make definitions large. Default 0. */
  readonly padding?: number;
  /** Whether outputs mention those that they are made from. Default: they do not. */
  readonly refer?: boolean;
};

/** Writes the files into a folder. */
export async function writeMadeUpClosure(
  folder: string,
  { shape, count, seed, padding = 0, refer = false }: MadeUpOptions,
): Promise<MadeUpClosure> {
  await mkdir(folder, { recursive: true });
  const made: { path: string; output: string }[] = [];
  const known = new Map<string, Derivation>();
  const hashes = new ModuloHashes((path) => known.get(path));
  const add = async (name: string, inputs: readonly { path: string; output: string }[]) => {
    const sorted = [...inputs].sort((a, b) => (a.path < b.path ? -1 : 1));
    const script = refer
      ? 'echo "$name" $inputs > $out'
      : 'for input in $inputs; do read line < $input; done; echo "$name" > $out';
    const env: Readonly<Record<string, string>> = {
      builder: '/bin/sh',
      inputs: sorted.map(({ output }) => output).join(' '),
      name,
      out: '',
      ...paddingOf(name, padding),
      system: 'x86_64-linux',
    };
    const draft: Derivation = {
      // Any path makes it an output that is named by its inputs.
      outputs: [{ name: 'out', path: STORE, hashAlgorithm: '', hash: '' }],
      inputDrvs: sorted.map(({ path }) => ({ path, outputs: ['out'] })),
      inputSrcs: [],
      system: 'x86_64-linux',
      builder: '/bin/sh',
      args: ['-c', script],
      env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
    };
    const output = expectedOutputPaths(draft, name, STORE, hashes).get('out') ?? '';
    const derivation: Derivation = {
      ...draft,
      outputs: [{ name: 'out', path: output, hashAlgorithm: '', hash: '' }],
      env: draft.env.map((each) => (each.name === 'out' ? { name: 'out', value: output } : each)),
    };
    const bytes = printDerivation(derivation);
    const path = derivationPath(bytes, derivation, name, STORE);
    known.set(path, derivation);
    await writeFile(join(folder, basename(path)), bytes);
    made.push({ path, output });
  };
  for (let at = 0; at < count - 1; at++) {
    await add(`${seed}-${shape}-${at}`, inputsOf(shape, at, made));
  }
  await add(`${seed}-${shape}-root`, shape === 'wide' ? made : made.slice(-2));
  const root = made.at(-1)?.path ?? '';
  return { root: join(folder, basename(root)), count };
}

/** A file, since the kernel takes no variable of more than 128 KiB. */
function paddingOf(name: string, size: number): Record<string, string> {
  return size === 0 ? {} : { padding: name.padEnd(size, '.'), passAsFile: 'padding' };
}

function inputsOf<T>(shape: Shape, at: number, made: readonly T[]): readonly T[] {
  if (shape === 'wide' || at === 0) return [];
  if (shape === 'chain') return made.slice(-1);
  // A diamond is one, two beside each other, and one that needs both.
  return at % 3 === 0 ? made.slice(-2) : made.slice(-(at % 3)).slice(0, 1);
}
