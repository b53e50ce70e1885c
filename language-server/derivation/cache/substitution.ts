/**
 * What of a closure binary caches have, so that it need not be built: planned the way Nix does, from
 * the wanted outputs down. A derivation all of whose wanted outputs can be had, with everything they
 * refer to, is not built, and nothing is wanted for its sake.
 */
import type { ByteString } from '../byte-string';
import type { Closure, LoadedSource } from '../closure';
import { environmentValue, type OutputSelection } from '../derivation';
import { optionsOf } from '../options';

/** How the archive in a cache is packed, as busybox can undo it. */
export type Packing = 'none' | 'xz' | 'gzip' | 'bzip2';

/** Where an archive comes from. */
export type ArchiveSource =
  /** BuildKit downloads it; `checksum` is the sha256 of the file, in base 16. */
  | { readonly kind: 'http'; readonly url: string; readonly checksum?: string }
  /** The session sends it from one of its directories. */
  | { readonly kind: 'local'; readonly name: string; readonly file: string };

/** A store path that a binary cache has. */
export type Substitute = {
  readonly path: ByteString;
  /** Store paths, sorted; itself too, if it mentions itself. */
  readonly references: readonly ByteString[];
  readonly source: ArchiveSource;
  readonly packing: Packing;
  /** sha256 of the archive, in base 16. */
  readonly narHash: string;
  /** Bytes of the archive. */
  readonly narSize: number;
};

/** Asks the caches for a path; undefined when none has it, or none that is trusted. */
export type SubstituteLookup = (path: ByteString) => Promise<Substitute | undefined>;

export type Substitution = {
  /** By path: what is fetched, with all that it refers to. */
  readonly substitutes: ReadonlyMap<ByteString, Substitute>;
  /** Derivations that are not built, as what is wanted of them is fetched; and which outputs those are. */
  readonly fetched: ReadonlyMap<ByteString, ReadonlySet<ByteString>>;
  /** Derivations that are built. */
  readonly built: ReadonlySet<ByteString>;
};

export type SubstitutionOptions = {
  /** Which outputs of the roots are wanted. Default: all. */
  readonly isWanted?: (drv: ByteString, output: ByteString) => boolean;
  /** Store paths that are wanted besides. */
  readonly paths?: readonly ByteString[];
};

/** @param lookup when it rejects, so does this */
export async function planSubstitution(
  closure: Closure,
  lookup: SubstituteLookup,
  { isWanted = () => true, paths = [] }: SubstitutionOptions = {},
): Promise<Substitution> {
  const plan = new Plan(closure, lookup);
  for (const root of closure.roots) {
    const outputs = closure.derivations.get(root)?.derivation?.outputs ?? [];
    plan.want(
      root,
      outputs.map(({ name }) => name).filter((name) => isWanted(root, name)),
    );
  }
  // Users come first, so that all that is wanted of a derivation is known when its turn comes.
  for (const drv of [...closure.derivations.keys()].reverse()) await plan.decide(drv);
  await plan.wantSources(paths);
  return plan.result();
}

class Plan {
  private readonly wanted = new Map<ByteString, Set<ByteString>>();
  private readonly asked = new Map<ByteString, Promise<Substitute | undefined>>();
  private readonly used = new Map<ByteString, Substitute>();
  private readonly fetched = new Map<ByteString, ReadonlySet<ByteString>>();
  private readonly built = new Set<ByteString>();

  constructor(
    private readonly closure: Closure,
    private readonly lookup: SubstituteLookup,
  ) {}

  want(drv: ByteString, outputs: readonly ByteString[]): void {
    const known = this.wanted.get(drv) ?? new Set();
    this.wanted.set(drv, known);
    for (const output of outputs) known.add(output);
    if (!this.mayFetch(drv)) return;
    // Asked now, answered by the time it is decided on: questions go out together.
    for (const path of this.pathsOf(drv, known) ?? []) void this.ask(path);
  }

  async decide(drv: ByteString): Promise<void> {
    const outputs = this.wanted.get(drv);
    const derivation = this.closure.derivations.get(drv)?.derivation;
    if (outputs === undefined) return;
    const found = this.mayFetch(drv) ? await this.allOf(this.pathsOf(drv, outputs)) : undefined;
    if (found !== undefined && outputs.size > 0) {
      for (const each of found.values()) this.used.set(each.path, each);
      this.fetched.set(drv, outputs);
      return;
    }
    this.built.add(drv);
    for (const input of derivation?.inputDrvs ?? []) this.wantInput(input.path, input);
    await this.wantSources(derivation?.inputSrcs ?? []);
  }

  /** A source that is not at hand may be in a cache too. */
  async wantSources(paths: readonly ByteString[]): Promise<void> {
    for (const path of paths) {
      if (this.closure.sources.get(path)?.references !== undefined) continue;
      const source = await this.allOf([path]);
      for (const each of source?.values() ?? []) this.used.set(each.path, each);
    }
  }

  result(): Substitution {
    return { substitutes: this.used, fetched: this.fetched, built: this.built };
  }

  private wantInput(drv: ByteString, selection: OutputSelection): void {
    // Of a derivation that makes others all is wanted: what these are is known only once it is built.
    const names = [...selection.outputs, ...(selection.dynamic ?? []).map(({ name }) => name)];
    this.want(drv, names);
  }

  /** A derivation may say that fetching is not worth it; one whose hash is not known cannot be found. */
  private mayFetch(drv: ByteString): boolean {
    const derivation = this.closure.derivations.get(drv)?.derivation;
    if (derivation === undefined) return false;
    const { attributes } = optionsOf(derivation);
    return attributes === undefined
      ? (environmentValue(derivation, 'allowSubstitutes') ?? '1') === '1'
      : attributes.get('allowSubstitutes') !== false;
  }

  /** The paths of some outputs; undefined when one is not known before it is built. */
  private pathsOf(
    drv: ByteString,
    names: ReadonlySet<ByteString>,
  ): readonly ByteString[] | undefined {
    const outputs = this.closure.derivations.get(drv)?.derivation?.outputs ?? [];
    const paths = outputs.filter(({ name }) => names.has(name)).map(({ path }) => path);
    return paths.includes('') ? undefined : paths;
  }

  /** Substitutes for these paths and all that they refer to; undefined when one is missing. */
  private async allOf(
    paths: readonly ByteString[] | undefined,
  ): Promise<ReadonlyMap<ByteString, Substitute> | undefined> {
    if (paths === undefined) return undefined;
    const found = new Map<ByteString, Substitute>();
    let next = [...paths];
    while (next.length > 0) {
      const answers = await Promise.all(next.map((path) => this.ask(path)));
      const more = new Set<ByteString>();
      for (const answer of answers) {
        if (answer === undefined) return undefined;
        found.set(answer.path, answer);
        for (const path of answer.references) if (!found.has(path)) more.add(path);
      }
      next = [...more].filter((path) => !found.has(path));
    }
    return found;
  }

  private ask(path: ByteString): Promise<Substitute | undefined> {
    const known = this.asked.get(path);
    if (known !== undefined) return known;
    const asking = this.lookup(path);
    // Whoever decides looks at the failure; until then it is no unhandled one.
    asking.catch(() => undefined);
    this.asked.set(path, asking);
    return asking;
  }
}

/** A closure whose sources count what is fetched: both are there before anything is built. */
export function withSubstitutes(closure: Closure, substitution: Substitution): Closure {
  if (substitution.substitutes.size === 0) return closure;
  const sources = new Map<ByteString, LoadedSource>(closure.sources);
  for (const { path, references } of substitution.substitutes.values()) {
    sources.set(path, { path, references: references.filter((each) => each !== path) });
  }
  return { ...closure, sources };
}
