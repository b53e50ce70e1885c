/**
 * What a builder sees of the store. Nix shows it the reference closure of its direct inputs, which is
 * known only once these are built. So derivations are compiled in stages: an input of an earlier stage
 * has been reported on, and exactly what it refers to is shown; one of the same stage counts with
 * everything that it could see itself, the smallest superset known beforehand. Where references matter
 * inside the build, its runner finds out which of that counts (see `runner/guess.ts`).
 *
 * Stages follow from the closure alone, never from what happens to be known, so that a derivation makes
 * the same op wherever and with whatever else it is built.
 */
import type { ByteString } from '../byte-string';
import type { Substitution } from '../cache/substitution';
import type { Closure } from '../closure';
import { isFixedOutput, outputKind, type Derivation } from '../derivation';
import type { Knowledge } from '../knowledge';
import { optionsOf } from '../options';
import { usedOutputs, type UsedOutput } from '../resolve';
import type { GuessedScope } from '../runner/guess';

export type Scope = {
  /** Store paths of outputs, and which derivation made each. */
  readonly outputs: ReadonlyMap<ByteString, ByteString>;
  readonly sources: ReadonlySet<ByteString>;
  /** Of both those that the derivation itself names. */
  readonly direct: ReadonlySet<ByteString>;
};

/** Derivations that may stand on each other before a report is asked for. */
const DEEPEST_STAGE = 16;
/**
 * With more inputs than this that a builder may not need, a report is worth its time: each mount costs
 * some in every build.
 */
const MOST_GUESSED = 48;

export type Placed = {
  readonly scope: Scope;
  readonly stage: number;
  readonly depth: number;
};

/** How unknown things are treated: waited for, or guessed for a drawing. */
export type ScopeMode = 'exact' | 'drawing';

export class Scopes {
  private readonly placed = new Map<ByteString, Placed>();
  /** By derivation what its inputs lead to, once these have been reported on. */
  private readonly visible = new Map<ByteString, ReadonlySet<ByteString>>();

  constructor(
    private readonly closure: Closure,
    private readonly knowledge: Knowledge,
    private readonly mode: ScopeMode,
    private readonly derivationAt: (path: ByteString) => Derivation | undefined,
    private readonly pathOf: (drv: ByteString, output: ByteString) => ByteString | undefined,
    private readonly substitution?: Substitution,
  ) {}

  of(drv: ByteString): Placed | undefined {
    return this.placed.get(drv);
  }

  /** Finds the place of a derivation whose inputs have theirs; undefined as long as it must wait. */
  place(drv: ByteString, derivation: Derivation): Placed | undefined {
    const known = this.placed.get(drv);
    if (known !== undefined) return known;
    const used: UsedOutput[] = [];
    const makers = new Set<ByteString>();
    for (const input of derivation.inputDrvs) {
      for (const each of usedOutputs(input, this.pathOf)) {
        if (each !== undefined) {
          used.push(each);
          makers.add(each.drv);
        } else if (this.mode === 'exact') return undefined;
      }
      makers.add(input.path);
    }
    for (const fetched of this.substitution?.fetched.keys() ?? []) makers.delete(fetched);
    let stage = 0;
    let depth = 0;
    const wantsAll = needsReports(derivation);
    for (const maker of makers) {
      const input = this.derivationAt(maker);
      const at = this.placed.get(maker);
      if (input === undefined || at === undefined) {
        // Something missing or in a circle is reported elsewhere; a drawing goes on without it.
        if (this.mode === 'exact') return undefined;
        continue;
      }
      const unknown = input.outputs.some((output) => output.path === '');
      const next = wantsAll || unknown || at.depth + 1 >= DEEPEST_STAGE ? at.stage + 1 : at.stage;
      if (next > stage) depth = 0;
      if (next >= stage) depth = Math.max(depth, next === at.stage ? at.depth + 1 : 0);
      stage = Math.max(stage, next);
    }
    let scope = this.scope(derivation, used, stage);
    if (scope !== undefined && scope.guessed > MOST_GUESSED) {
      stage += 1;
      depth = 0;
      scope = this.scope(derivation, used, stage);
    }
    if (scope === undefined) return undefined;
    const placed: Placed = { scope, stage, depth };
    this.placed.set(drv, placed);
    return placed;
  }

  private scope(
    derivation: Derivation,
    used: readonly UsedOutput[],
    stage: number,
  ): (Scope & { readonly guessed: number }) | undefined {
    const outputs = new Map<ByteString, ByteString>();
    const sources = new Set<ByteString>();
    const direct = new Set(derivation.inputSrcs);
    let guessed = 0;
    for (const source of derivation.inputSrcs) this.addSource(source, sources);
    const guessedFrom = new Set<ByteString>();
    for (const { drv, output } of used) {
      const maker = this.derivationAt(drv);
      const at = this.placed.get(drv);
      const path = this.pathOf(drv, output);
      if (path !== undefined) direct.add(path);
      if (path !== undefined && this.substitution?.fetched.has(drv) === true) {
        this.addSource(path, sources);
        continue;
      }
      if (maker === undefined || at === undefined) continue;
      if (at.stage < stage || path === undefined) {
        if (path !== undefined && this.knowledge.reported.has(drv)) {
          this.addExact(path, drv, outputs, sources);
        } else if (this.mode === 'exact') return undefined;
        else if (path !== undefined && !outputs.has(path)) outputs.set(path, drv);
        continue;
      }
      if (guessedFrom.has(drv)) continue;
      guessedFrom.add(drv);
      for (const { name } of maker.outputs) {
        const made = this.pathOf(drv, name);
        if (made !== undefined && !outputs.has(made)) outputs.set(made, drv);
      }
      if (isFixedOutput(maker)) continue;
      for (const [below, from] of at.scope.outputs)
        if (!outputs.has(below)) outputs.set(below, from);
      for (const source of at.scope.sources) sources.add(source);
      guessed = outputs.size + sources.size - used.length - derivation.inputSrcs.length;
    }
    return { outputs, sources, direct, guessed };
  }

  /** An output and all that it refers to, as reported. */
  private addExact(
    path: ByteString,
    drv: ByteString,
    outputs: Map<ByteString, ByteString>,
    sources: Set<ByteString>,
  ): void {
    if (outputs.has(path)) return;
    const origin = this.originOf(drv, path);
    if (origin === undefined) {
      this.addSource(path, sources);
      return;
    }
    outputs.set(path, origin);
    for (const reference of this.references(drv, path)) {
      if (reference === path) continue;
      const maker = this.makerOf(drv, reference);
      if (maker === undefined) this.addSource(reference, sources);
      else this.addExact(reference, maker, outputs, sources);
    }
  }

  /** What an output refers to: of all that it mentions, what Nix would have shown its builder. */
  references(drv: ByteString, path: ByteString): ByteString[] {
    const derivation = this.derivationAt(drv);
    if (derivation === undefined) return [];
    const own = new Set(derivation.outputs.map(({ name }) => this.pathOf(drv, name)));
    const discards = optionsOf(derivation).discardsReferences;
    if (discards.size > 0) {
      const name = derivation.outputs.find((each) => this.pathOf(drv, each.name) === path)?.name;
      if (name !== undefined && discards.has(name)) return [];
    }
    return (this.knowledge.mentions.get(path) ?? []).filter(
      (each) => own.has(each) || this.isVisible(drv, each),
    );
  }

  /** Whether the inputs of a derivation lead to a path; what was shown to its builder may be more. */
  private isVisible(drv: ByteString, path: ByteString): boolean {
    const scope = this.placed.get(drv)?.scope;
    if (scope === undefined || scope.direct.has(path)) return scope !== undefined;
    if (!scope.outputs.has(path) && !scope.sources.has(path)) return false;
    let visible = this.visible.get(drv);
    if (visible === undefined) {
      const outputs = new Map<ByteString, ByteString>();
      const sources = new Set<ByteString>();
      for (const each of scope.direct) {
        const maker = scope.outputs.get(each);
        if (maker === undefined) this.addSource(each, sources);
        else this.addExact(each, maker, outputs, sources);
      }
      visible = new Set([...outputs.keys(), ...sources]);
      this.visible.set(drv, visible);
    }
    return visible.has(path);
  }

  /**
   * For a derivation whose references matter inside its build: what its runner has to know to tell
   * what the inputs lead to from what is only there. Undefined where nothing else is there.
   */
  guessed(drv: ByteString): GuessedScope | undefined {
    const placed = this.placed.get(drv);
    const derivation = this.derivationAt(drv);
    if (placed === undefined || derivation === undefined || !looksAtReferences(derivation)) {
      return undefined;
    }
    const { scope, stage } = placed;
    const others = [...scope.outputs.keys(), ...scope.sources];
    if (others.every((path) => scope.direct.has(path))) return undefined;
    const known = new Map<ByteString, readonly ByteString[]>();
    const makers = new Set<ByteString>();
    const note = (path: ByteString, references: readonly ByteString[]): void => {
      const rest = references.filter((each) => each !== path);
      if (rest.length > 0) known.set(path, rest);
    };
    for (const path of [...scope.sources].sort()) {
      note(path, this.closure.sources.get(path)?.references ?? []);
    }
    for (const [path, maker] of [...scope.outputs].sort(byText)) {
      if (this.placed.get(maker)?.stage === stage) makers.add(maker);
      else note(path, this.references(maker, path));
    }
    const depthOf = (maker: ByteString): number => this.placed.get(maker)?.depth ?? 0;
    const made = [...makers]
      .sort((left, right) => depthOf(left) - depthOf(right) || (left < right ? -1 : 1))
      .flatMap((maker) => this.madeBy(maker));
    return made.length === 0 ? undefined : { known, made, given: [...scope.direct].sort() };
  }

  private madeBy(drv: ByteString): GuessedScope['made'] {
    const derivation = this.derivationAt(drv);
    const direct = this.placed.get(drv)?.scope.direct ?? new Set();
    // Nix lets fixed outputs refer to nothing.
    if (derivation === undefined || isFixedOutput(derivation)) return [];
    const discards = optionsOf(derivation).discardsReferences;
    const outputs: ByteString[] = [];
    const silent: ByteString[] = [];
    for (const { name } of derivation.outputs) {
      const path = this.pathOf(drv, name);
      if (path !== undefined) (discards.has(name) ? silent : outputs).push(path);
    }
    return outputs.length === 0 ? [] : [{ outputs, given: [...direct, ...silent].sort() }];
  }

  /**
   * The derivation that has an output where it was built: another than `drv` where that made what an
   * input of it was already; undefined where that input is a source.
   */
  originOf(drv: ByteString, path: ByteString): ByteString | undefined {
    let origin: ByteString | undefined = drv;
    while (origin !== undefined && this.knowledge.inherited.get(origin)?.has(path) === true) {
      origin = this.placed.get(origin)?.scope.outputs.get(path);
    }
    return origin;
  }

  /** Which derivation made a path that an output of `drv` refers to. */
  makerOf(drv: ByteString, path: ByteString): ByteString | undefined {
    const derivation = this.derivationAt(drv);
    if (derivation?.outputs.some(({ name }) => this.pathOf(drv, name) === path) === true)
      return drv;
    return this.placed.get(drv)?.scope.outputs.get(path);
  }

  private addSource(path: ByteString, into: Set<ByteString>): void {
    const pending = [path];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (into.has(next)) continue;
      into.add(next);
      pending.push(...(this.closure.sources.get(next)?.references ?? []));
    }
  }
}

const byText = (
  [left]: readonly [ByteString, ...unknown[]],
  [right]: readonly [ByteString, ...unknown[]],
): number => (left < right ? -1 : 1);

/**
 * Whether it matters inside the build which references an output has: for a path that follows from
 * them, and where some are forbidden.
 */
function looksAtReferences(derivation: Derivation): boolean {
  return (
    derivation.outputs.some(({ hashAlgorithm }) => hashAlgorithm !== '') ||
    optionsOf(derivation).checks.size > 0
  );
}

/** Whether a derivation asks for more than its inputs' paths: their graph, or limits on it. */
export function needsReports(derivation: Derivation): boolean {
  const { graphs, checks } = optionsOf(derivation);
  return graphs.length > 0 || [...checks.values()].some((check) => limitsRequisites(check));
}

/** Whether it asks for the sizes of its inputs too. */
export function needsSizes(derivation: Derivation): boolean {
  const { graphs, checks, attributes } = optionsOf(derivation);
  return (
    (graphs.length > 0 && attributes !== undefined) ||
    [...checks.values()].some((check) => check.maxClosureSize !== undefined)
  );
}

function limitsRequisites(check: {
  readonly allowedRequisites?: readonly ByteString[];
  readonly disallowedRequisites?: readonly ByteString[];
  readonly maxClosureSize?: number;
}): boolean {
  return (
    check.allowedRequisites !== undefined ||
    (check.disallowedRequisites ?? []).length > 0 ||
    check.maxClosureSize !== undefined
  );
}

/** Whether the paths of all outputs are known before the build. */
export const hasKnownPaths = (derivation: Derivation): boolean =>
  derivation.outputs.every((output) => output.path !== '' && outputKind(output) !== 'impure');
