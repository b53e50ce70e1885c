/**
 * Closures: a derivation with everything it is built from, read through a {@link StoreReader}.
 * Each file is read once; a cycle (impossible for honest hashes, easy to type) only ends the walk.
 */
import type { ByteString } from './byte-string';
import type { Derivation } from './derivation';
import { parseDerivation, type ParsedDerivation } from './parse';
import type { StoreReader } from './store-reader';
import { derivationNameOf, storeDirOf } from './store-path';

export type LoadedDerivation = ParsedDerivation & {
  /** Its store path. */
  readonly path: ByteString;
  readonly bytes: Uint8Array;
};

/** A source of the closure, with what it refers to; undefined references: the store lacks it. */
export type LoadedSource = {
  readonly path: ByteString;
  readonly references: readonly ByteString[] | undefined;
};

export type Closure = {
  readonly storeDir: ByteString;
  /** Store paths of the derivations asked for. */
  readonly roots: readonly ByteString[];
  /** By store path, inputs before their users. */
  readonly derivations: ReadonlyMap<ByteString, LoadedDerivation>;
  /** Input derivations that the store does not have. */
  readonly missing: ReadonlySet<ByteString>;
  /** By store path: the sources that derivations name, and the sources these refer to. */
  readonly sources: ReadonlyMap<ByteString, LoadedSource>;
  /** Derivations that are their own input, however far down. */
  readonly cyclic: ReadonlySet<ByteString>;
};

export type ClosureOptions = {
  readonly signal?: AbortSignal;
  /** False leaves sources alone, for work on paths only. Default true. */
  readonly sources?: boolean;
  /** Store paths that are wanted besides those that the derivations name. */
  readonly alsoSources?: readonly ByteString[];
  /** Derivations that need not be read, if they are wanted at all. */
  readonly known?: readonly ClosureRoot[];
};

/** Files read at once; beyond this a disk gains nothing. */
const PARALLEL_READS = 32;

/** One `.drv` and its place in the store. */
export type ClosureRoot = {
  readonly path: ByteString;
  readonly bytes: Uint8Array;
  /** What the bytes say, where that is known already. */
  readonly parsed?: ParsedDerivation;
};

/** The store path of a `.drv` file: its name in the store that its contents speak of. */
export function storePathOfFile(fileName: string, derivation: Derivation | undefined): ByteString {
  const storeDir = derivation === undefined ? '/nix/store' : storeDirOf(derivation);
  return `${storeDir}/${fileName}`;
}

/** True when a file's name is that of a derivation in a store. */
export function isDerivationFile(fileName: string): boolean {
  return derivationNameOf(fileName) !== undefined;
}

/** What a derivation's file refers to: what it is made from, not the outputs that it mentions. */
export function derivationReferences(bytes: Uint8Array): ByteString[] {
  const { derivation } = parseDerivation(bytes);
  const inputs = derivation?.inputDrvs.map((input) => input.path) ?? [];
  return [...inputs, ...(derivation?.inputSrcs ?? [])].sort();
}

/**
 * Loads the closure of `roots`. Rejects with the signal's reason when it is aborted, or when the
 * reader rejects; missing and malformed files are part of the answer.
 */
export async function loadClosure(
  roots: readonly ClosureRoot[],
  reader: StoreReader,
  options: ClosureOptions = {},
): Promise<Closure> {
  const { signal } = options;
  const loaded = new Map<ByteString, LoadedDerivation>();
  const missing = new Set<ByteString>();
  const sources = new Map<ByteString, LoadedSource>();
  // A derivation can be a source as well, where its file is shown to a builder.
  const seen = new Set<ByteString>();
  const seenSources = new Set<ByteString>();
  const pending: (() => Promise<void>)[] = [];

  const wantSource = (path: ByteString): void => {
    if (options.sources === false || seenSources.has(path)) return;
    seenSources.add(path);
    pending.push(async () => {
      const references = await reader.sourceReferences(path, signal);
      sources.set(path, { path, references });
      for (const reference of references ?? []) wantSource(reference);
    });
  };
  const known = new Map(options.known?.map((root) => [root.path, root]));
  const wantDerivation = (path: ByteString): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const atHand = known.get(path);
    if (atHand !== undefined) {
      pending.push(() => {
        take(atHand);
        return Promise.resolve();
      });
      return;
    }
    pending.push(async () => {
      const bytes = await reader.readDerivation(path, signal);
      if (bytes === undefined) missing.add(path);
      else take({ path, bytes });
    });
  };
  const take = ({ path, bytes, parsed = parseDerivation(bytes) }: ClosureRoot): void => {
    loaded.set(path, { path, bytes, ...parsed });
    for (const input of parsed.derivation?.inputDrvs ?? []) wantDerivation(input.path);
    for (const source of parsed.derivation?.inputSrcs ?? []) wantSource(source);
  };

  for (const root of roots) seen.add(root.path);
  for (const root of roots) if (!loaded.has(root.path)) take(root);
  for (const path of options.alsoSources ?? []) wantSource(path);
  await drain(pending, signal);

  const { order, cyclic } = inputsFirst(
    roots.map((root) => root.path),
    loaded,
  );
  const [first] = roots;
  const derivation = first === undefined ? undefined : loaded.get(first.path)?.derivation;
  return {
    storeDir: derivation === undefined ? '/nix/store' : storeDirOf(derivation),
    roots: roots.map((root) => root.path),
    derivations: new Map(order.map((each) => [each.path, each])),
    missing,
    sources: new Map([...sources].sort(([left], [right]) => (left < right ? -1 : 1))),
    cyclic,
  };
}

/** Runs tasks that may add further tasks, a few at once. */
async function drain(
  pending: (() => Promise<void>)[],
  signal: AbortSignal | undefined,
): Promise<void> {
  while (pending.length > 0) {
    signal?.throwIfAborted();
    await Promise.all(pending.splice(0, PARALLEL_READS).map((task) => task()));
  }
  signal?.throwIfAborted();
}

/** Depth first from the roots in file order: deterministic whatever order the reads ended in. */
function inputsFirst(
  roots: readonly ByteString[],
  loaded: ReadonlyMap<ByteString, LoadedDerivation>,
): { order: LoadedDerivation[]; cyclic: Set<ByteString> } {
  const order: LoadedDerivation[] = [];
  const cyclic = new Set<ByteString>();
  const state = new Map<ByteString, 'open' | 'done'>();
  for (const root of roots) {
    const stack: { path: ByteString; next: number }[] = [{ path: root, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const derivation = loaded.get(top.path);
      if (derivation === undefined || state.get(top.path) === 'done') {
        stack.pop();
        continue;
      }
      state.set(top.path, 'open');
      const input = derivation.derivation?.inputDrvs[top.next]?.path;
      if (input === undefined) {
        state.set(top.path, 'done');
        order.push(derivation);
        stack.pop();
        continue;
      }
      top.next += 1;
      const inputState = state.get(input);
      if (inputState === undefined) stack.push({ path: input, next: 0 });
      else if (inputState === 'open') {
        const from = stack.findIndex((each) => each.path === input);
        for (const each of stack.slice(from)) cyclic.add(each.path);
      }
    }
  }
  return { order, cyclic };
}
