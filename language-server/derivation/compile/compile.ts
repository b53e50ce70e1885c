/**
 * Compiles a closure of derivations to LLB: one exec op per derivation, its inputs' outputs mounted
 * at their store paths, Nix's sandbox around it and the runner inside.
 *
 * Pure and deterministic: equal closures and options give equal bytes. What cannot be built as
 * written is reported; the definition is then good for drawing only.
 */
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { NONE, type OpInput } from '../../../proto/model/op';
import { textOf, type ByteString } from '../byte-string';
import type { Closure, LoadedDerivation } from '../closure';
import type { Derivation, OutputSelection } from '../derivation';
import { addImage, type ImageOps, type ImagePath } from '../image/image-ops';
import { Knowledge } from '../knowledge';
import { resolveDerivation, usedOutputs } from '../resolve';
import { fixedAddress, nixAddress, sourceAddress } from '../sandbox/content-address';
import type { KnownPath } from '../sandbox/reference-graph';
import { withSubstitutes } from '../cache/substitution';
import { checkClosure } from './check-closure';
import type { ClosureDiagnostic } from '../diagnostic';
import {
  ROLES,
  type CompiledClosure,
  type CompiledOutput,
  type CompileOptions,
} from './compiled-closure';
import { copyPath, fileOp, makeDirectory } from './file-ops';
import { OpMaker } from './op-maker';
import {
  gatherReports,
  isMeasurable,
  reportSteps,
  weighingSteps,
  type ReportStep,
} from './report-steps';
import { graphFaults } from './graph-faults';
import { Scopes, needsSizes, type Scope, type ScopeMode } from './scope';
import { STORE_OUTPUT, storeInput, type StoreInput } from './store-input';

/**
 * Compiles a closure as far as it can be without building. Where paths are known only after some of it
 * was built, {@link CompiledClosure.complete} is false and the rest is a drawing with provisional paths.
 */
export function compileClosure(closure: Closure, options: CompileOptions): CompiledClosure {
  const staged = new StagedCompiler(closure, options, 'drawing');
  staged.advance();
  return staged.result();
}

const NOTHING: Scope = { outputs: new Map(), sources: new Set(), direct: new Set() };

/** A path of an image, and what it refers to besides itself. */
export type RuntimePath = ImagePath & { readonly references: readonly ByteString[] };

/**
 * Compiles a closure stage by stage. {@link advance} compiles what is ready; what then waits does so for
 * the reports of {@link pending}, which the caller builds and gives to {@link learn}.
 */
export class StagedCompiler {
  private readonly maker: OpMaker;
  private readonly scopes: Scopes;
  private readonly execs = new Map<ByteString, Digest>();
  private readonly provisional = new Map<ByteString, Map<ByteString, ByteString>>();
  private readonly waiting: LoadedDerivation[];
  private readonly all: Map<ByteString, LoadedDerivation>;
  private readonly check: ReturnType<typeof checkClosure>;
  private readonly wantsSizes: boolean;
  private readonly closure: Closure;
  /** Derivations that cannot be built, and those that need them. */
  private readonly given = new Set<ByteString>();
  private guessed = false;
  /** What turns out to be wrong once it is known what a builder sees. */
  private readonly late: ClosureDiagnostic[] = [];

  constructor(
    whole: Closure,
    private readonly options: CompileOptions,
    private readonly mode: ScopeMode = 'exact',
    readonly knowledge: Knowledge = new Knowledge(),
  ) {
    const { substitution } = options;
    const closure = substitution === undefined ? whole : withSubstitutes(whole, substitution);
    this.closure = closure;
    this.check = checkClosure(closure, options);
    this.all = new Map(closure.derivations);
    this.waiting = this.check.drawable
      ? [...this.all.values()].filter(({ path }) => substitution?.built.has(path) !== false)
      : [];
    for (const { path, narSize: size, narHash: hash } of substitution?.substitutes.values() ?? []) {
      knowledge.archives.set(path, { size, hash });
    }
    this.maker = new OpMaker(closure, options, this.check.platformOf, knowledge);
    this.wantsSizes = this.waiting.some(
      ({ derivation }) => derivation !== undefined && needsSizes(derivation),
    );
    this.scopes = new Scopes(
      closure,
      knowledge,
      mode,
      (path) => this.all.get(path)?.derivation,
      (drv, output) => this.pathOf(drv, output),
      substitution,
    );
  }

  /** A derivation that another has made, with its own inputs, to be compiled too. */
  add(closure: Closure): void {
    for (const loaded of closure.derivations.values()) {
      if (this.all.has(loaded.path)) continue;
      this.all.set(loaded.path, loaded);
      this.waiting.push(loaded);
    }
  }

  /** Compiles what can be; true when nothing is left. */
  advance(): boolean {
    for (let progress = true; progress && this.waiting.length > 0;) {
      const left: LoadedDerivation[] = [];
      for (const loaded of this.waiting) {
        if (loaded.derivation !== undefined && !this.compileOne(loaded, loaded.derivation)) {
          left.push(loaded);
        }
      }
      progress = left.length < this.waiting.length;
      this.waiting.splice(0, this.waiting.length, ...left);
    }
    return this.waiting.length === 0 && !this.unknownWanted();
  }

  /** The steps whose reports the waiting derivations need; empty when nothing can help them. */
  pending(): readonly ReportStep[] {
    const subjects = [...this.execs]
      .filter(
        ([drv]) =>
          !this.given.has(drv) && (!this.knowledge.reported.has(drv) || this.isUnmeasured(drv)),
      )
      .flatMap(([drv, digest]) => {
        const loaded = this.all.get(drv);
        if (loaded?.derivation === undefined) return [];
        // Of outputs that only waited for their inputs the paths are known by now.
        const final = this.isFinal(drv) || this.knowledge.reported.has(drv);
        const outputs = loaded.derivation.outputs.map(({ name, path }) => ({
          name,
          path: (final ? this.pathOf(drv, name) : undefined) ?? path,
        }));
        return [{ drv, digest, outputs }];
      });
    return reportSteps(this.maker, this.closure, subjects, this.knowledge, this.wantsSizes);
  }

  /** Whether the sizes of outputs are wanted whose paths the first report on them had to tell. */
  private isUnmeasured(drv: ByteString): boolean {
    if (!this.wantsSizes) return false;
    return [...(this.knowledge.paths.get(drv)?.values() ?? [])].some(
      (path) => !this.knowledge.archives.has(path) && this.scopes.originOf(drv, path) === drv,
    );
  }

  /**
   * Goes on without derivations whose building failed, and without all that needs them.
   * @returns how many were not compiled yet and never will be
   */
  giveUp(failed: ReadonlySet<Digest>): number {
    for (const [drv, digest] of this.execs) if (failed.has(digest)) this.given.add(drv);
    const before = this.waiting.length;
    // Inputs stand before their users.
    for (const { path, derivation } of this.all.values()) {
      if (derivation?.inputDrvs.some((input) => this.given.has(input.path)) === true) {
        this.given.add(path);
      }
    }
    const left = this.waiting.filter(({ path }) => !this.given.has(path));
    this.waiting.splice(0, this.waiting.length, ...left);
    return before - left.length;
  }

  /** A step that holds the reports of all these, one behind the other. */
  gather(steps: readonly ReportStep[]): Digest {
    return gatherReports(
      this.maker,
      steps.map(({ digest }) => digest),
    );
  }

  /** What is so far, for solving one step of it. */
  definitionFor(digest: Digest, index = 0): Definition {
    return this.maker.builder.finish({ digest, index }, this.maker.sources);
  }

  /** Every output whose path is known, where it is built, and steps that report how large they are. */
  weighing(): {
    readonly outputs: readonly { readonly name: ByteString; path: ByteString; digest: Digest }[];
    readonly steps: readonly Digest[];
  } {
    const places = new Map<ByteString, StoreInput>();
    const outputs = [...this.execs].flatMap(([drv, digest]) =>
      (this.all.get(drv)?.derivation?.outputs ?? []).flatMap(({ name }) => {
        const path = this.pathOf(drv, name);
        const place = path === undefined ? undefined : this.placeOf(drv, path);
        if (path === undefined || place === undefined) return [];
        places.set(path, place);
        return [{ name, path, digest }];
      }),
    );
    return { outputs, steps: weighingSteps(this.maker, places) };
  }

  /** All that is compiled so far; undefined before anything is. */
  get soFar(): Definition | undefined {
    const [digest] = [...this.execs.values()].slice(-1);
    return digest && this.definitionFor(digest);
  }

  learn(step: ReportStep, report: ByteString): void {
    this.knowledge.learn(report, this.closure.storeDir);
    for (const drv of step.drvs) this.knowledge.reported.add(drv);
  }

  /** Derivations that waiting ones use but that are not loaded: made by others, now built. */
  missingDerivations(): { path: ByteString; input: OpInput; selector: string }[] {
    const found: { path: ByteString; input: OpInput; selector: string }[] = [];
    const walk = (drv: ByteString, { dynamic }: OutputSelection): void => {
      for (const { name, selection } of dynamic ?? []) {
        const made = this.pathOf(drv, name);
        const place = made === undefined ? undefined : this.placeOf(drv, made);
        if (made === undefined || place === undefined) continue;
        if (this.all.has(made)) walk(made, selection);
        else found.push({ path: made, ...place });
      }
    };
    for (const { derivation } of this.waiting) {
      for (const input of derivation?.inputDrvs ?? []) walk(input.path, input);
    }
    return found;
  }

  /** The ops so far that take paths from binary caches. */
  get substitutes(): ReadonlyMap<Digest, ByteString> {
    return this.maker.substitutes.paths;
  }

  get problems(): CompiledClosure['problems'] {
    return [...this.check.problems, ...this.late];
  }

  /** Why nothing helps the derivations that could not be compiled. */
  get stuck(): string {
    for (const { derivation } of this.waiting) {
      const pathOf = (drv: ByteString, output: ByteString) => this.pathOf(drv, output);
      const used = (derivation?.inputDrvs ?? []).flatMap((input) => usedOutputs(input, pathOf));
      for (const each of used) {
        const maker = each && this.all.get(each.drv)?.derivation;
        if (maker === undefined || maker.outputs.some(({ name }) => name === each?.output))
          continue;
        const [drv, output] = [textOf(each?.drv ?? ''), textOf(each?.output ?? '')];
        return `derivation '${drv}' does not have output '${output}'`;
      }
    }
    const [first] = this.waiting;
    return `${textOf(first?.path ?? '')} cannot be built: one of its inputs is not in the closure.`;
  }

  /** Where a derivation is built; undefined before it is compiled. */
  execOf(drv: ByteString): Digest | undefined {
    return this.execs.get(drv);
  }

  /** What an output refers to, as reported. */
  referencesOf(drv: ByteString, path: ByteString): ByteString[] {
    return this.scopes.references(drv, path);
  }

  /**
   * Everything that the wanted outputs and `more` paths need at run time, with references. All
   * derivations must have been reported on.
   */
  runtimeClosure(
    more: readonly ByteString[],
    isWanted: (drv: ByteString, output: ByteString) => boolean,
  ): { readonly roots: readonly ByteString[]; readonly paths: readonly RuntimePath[] } {
    const found = new Map<ByteString, RuntimePath>();
    const add = (path: ByteString, drv: ByteString | undefined): void => {
      if (found.has(path)) return;
      const digest = drv === undefined ? undefined : this.execs.get(drv);
      if (drv === undefined || digest === undefined) {
        const source = this.maker.source(path);
        const references = this.closure.sources.get(path)?.references ?? [];
        if (source === undefined) return;
        found.set(path, { path, ...source, references });
        for (const reference of references) add(reference, undefined);
        return;
      }
      const references = this.scopes.references(drv, path).filter((each) => each !== path);
      const place = this.placeOf(drv, path);
      if (place === undefined) return;
      found.set(path, { path, ...place, references });
      for (const reference of references) add(reference, this.scopes.makerOf(drv, reference));
    };
    const outputs = this.wantedOutputs().filter(({ drv, name }) => isWanted(drv, name));
    for (const { drv, path } of outputs) add(path, drv);
    for (const path of more) add(path, undefined);
    const roots = [...new Set([...outputs.map(({ path }) => path), ...more])];
    return { roots, paths: [...found.values()] };
  }

  /** The definition of an image of these paths. */
  image(image: Omit<ImageOps, 'storeDir' | 'canMerge'>): Definition {
    const { storeDir } = this.closure;
    const canMerge = this.options.canMerge ?? false;
    return this.definitionFor(addImage(this.maker, { ...image, storeDir, canMerge }));
  }

  result(): CompiledClosure {
    const outputs = this.check.drawable ? this.wantedOutputs() : [];
    const { problems } = this;
    const definition = outputs.length === 0 ? undefined : this.collect(outputs);
    return {
      ...(definition === undefined ? {} : { definition }),
      groups: this.maker.groups,
      outputs,
      locals: this.maker.locals,
      entitlements: [...this.maker.entitlements],
      problems,
      substitutes: this.substitutes,
      buildable: definition !== undefined && problems.every((each) => each.severity !== 'error'),
      complete: !this.guessed && this.waiting.length === 0,
    };
  }

  /** The path of an output, if it is known (a drawing makes do with provisional ones). */
  pathOf(drv: ByteString, output: ByteString): ByteString | undefined {
    const known = this.knowledge.paths.get(drv)?.get(output);
    if (known !== undefined) return known;
    const given = this.all.get(drv)?.derivation?.outputs.find((each) => each.name === output);
    if (given !== undefined && given.path !== '') return given.path;
    const made = this.provisional.get(drv)?.get(output);
    return this.mode === 'drawing' || this.isFinal(drv) ? made : undefined;
  }

  /** Deferred outputs have final paths as soon as their derivation is compiled. */
  private isFinal(drv: ByteString): boolean {
    const outputs = this.all.get(drv)?.derivation?.outputs ?? [];
    return outputs.every(({ hashAlgorithm }) => hashAlgorithm === '');
  }

  /** Where an output of a compiled derivation lies. */
  private placeOf(drv: ByteString, path: ByteString): StoreInput | undefined {
    const origin = this.scopes.originOf(drv, path);
    if (origin === undefined) return this.maker.source(path);
    const digest = this.execs.get(origin);
    return digest && storeInput(digest, path, this.closure.storeDir, this.knowledge);
  }

  private unknownWanted(): boolean {
    return this.wanted().some(
      (drv) =>
        !this.given.has(drv) &&
        (this.all.get(drv)?.derivation?.outputs ?? []).some(
          ({ name }) => this.pathOf(drv, name) === undefined,
        ),
    );
  }

  private compileOne(loaded: LoadedDerivation, derivation: Derivation): boolean {
    const { path } = loaded;
    const placed = this.scopes.place(path, derivation);
    if (placed === undefined) return this.mode === 'drawing';
    if (this.mode === 'exact' && needsSizes(derivation) && !this.isMeasured(placed.scope)) {
      return false;
    }
    this.late.push(...graphFaults(loaded, derivation, placed.scope));
    if (placed.stage > 0) this.guessed ||= this.mode === 'drawing';
    const { storeDir } = this.closure;
    const pathOf = (drv: ByteString, output: ByteString): ByteString | undefined =>
      this.pathOf(drv, output);
    const resolved = resolveDerivation(path, derivation, storeDir, pathOf);
    if (derivation.outputs.some((output) => output.path === '')) {
      this.provisional.set(
        path,
        new Map(resolved.derivation.outputs.map((output) => [output.name, output.path])),
      );
      if (derivation.outputs.some(({ hashAlgorithm }) => hashAlgorithm !== '')) {
        this.guessed ||= this.mode === 'drawing';
      }
    }
    const digest = this.maker.addDerivation(loaded, resolved, {
      scope: placed.scope,
      guessed: this.scopes.guessed(path),
      execOf: (drv) => this.execs.get(drv),
      knowledge: this.knowledge,
      lookup: (at) => this.lookup(placed.scope, at),
    });
    this.execs.set(path, digest);
    return true;
  }

  /** What is known of a path that a builder sees. */
  private lookup(
    scope: { readonly outputs: ReadonlyMap<ByteString, ByteString> },
    path: ByteString,
  ): KnownPath | undefined {
    const source = this.closure.sources.get(path);
    const drv = scope.outputs.get(path);
    const archive = this.knowledge.archives.get(path);
    const known = { narSize: archive?.size ?? 0, narHash: archive?.hash ?? '0'.repeat(64) };
    if (drv !== undefined) {
      const address = this.addressOf(drv, path);
      const references = this.scopes.references(drv, path);
      return { references, ...known, ...(address === undefined ? {} : { address }) };
    }
    if (source === undefined) return undefined;
    const references = source.references ?? [];
    const address = archive && sourceAddress(path, references, archive);
    // A derivation that is shown to a builder: what it makes may be meant too.
    const outputs = (this.all.get(path)?.derivation?.outputs ?? []).flatMap(({ name }) => {
      const made = this.pathOf(path, name);
      return made === undefined ? [] : [made];
    });
    return { references, ...known, outputs, ...(address === undefined ? {} : { address }) };
  }

  private addressOf(drv: ByteString, path: ByteString): string | undefined {
    const told = this.knowledge.addresses.get(path);
    if (told !== undefined) return nixAddress(told);
    const outputs = this.all.get(drv)?.derivation?.outputs ?? [];
    const output = outputs.find(({ name }) => this.pathOf(drv, name) === path);
    return output && fixedAddress(output);
  }

  /** Whether the sizes of all that a builder sees are known; of a source that is missing nothing is. */
  private isMeasured({ outputs, sources }: Scope): boolean {
    const { archives } = this.knowledge;
    return (
      [...outputs.keys()].every((path) => archives.has(path)) &&
      [...sources].every(
        (path) => archives.has(path) || !isMeasurable(this.maker.source(path), path),
      )
    );
  }

  private wanted(): readonly ByteString[] {
    const { wanted, substitution } = this.options;
    if (wanted !== 'all') return [...new Set(this.closure.roots)];
    if (substitution === undefined) return [...this.all.keys()];
    const { built, fetched } = substitution;
    // What others have made meanwhile is not in the plan.
    return [...this.all.keys()].filter(
      (drv) => built.has(drv) || fetched.has(drv) || !this.closure.derivations.has(drv),
    );
  }

  private wantedOutputs(): CompiledOutput[] {
    return this.wanted().flatMap((drv) => {
      const fetched = this.options.substitution?.fetched.get(drv);
      if (fetched !== undefined) return this.fetchedOutputs(drv, fetched);
      const outputs = this.all.get(drv)?.derivation?.outputs ?? [];
      return outputs.flatMap(({ name }) => {
        const path = this.pathOf(drv, name) ?? this.provisional.get(drv)?.get(name);
        const place = path === undefined ? undefined : this.placeOf(drv, path);
        if (path === undefined || place === undefined) return [];
        const { input, selector } = place;
        const scope = this.scopes.of(drv)?.scope ?? NOTHING;
        return [{ drv, name, path, digest: input.digest, index: input.index, selector, scope }];
      });
    });
  }

  private fetchedOutputs(drv: ByteString, names: ReadonlySet<ByteString>): CompiledOutput[] {
    return [...names].sort().flatMap((name) => {
      const path = this.pathOf(drv, name);
      const source = path === undefined ? undefined : this.maker.source(path);
      if (path === undefined || source === undefined) return [];
      const { input, selector } = source;
      const sources = new Set(this.options.substitution?.substitutes.get(path)?.references);
      const scope = { ...NOTHING, sources, direct: sources };
      return [{ drv, name, path, digest: input.digest, index: input.index, selector, scope }];
    });
  }

  /** The result: the wanted outputs in an otherwise empty store. */
  private collect(outputs: readonly CompiledOutput[]): Definition {
    const inputs = [...new Set(outputs.map((output) => output.digest))];
    const storeDir = textOf(this.closure.storeDir);
    const unique = new Map(outputs.map((output) => [output.path, output]));
    const digest = this.maker.add(
      {
        inputs: inputs.map((input) => ({ digest: input, index: STORE_OUTPUT })),
        op: fileOp(NONE, inputs.length, [
          makeDirectory(storeDir, 0o755),
          ...[...unique.values()].map((output) =>
            copyPath(inputs.indexOf(output.digest), output.selector, `${storeDir}/`),
          ),
        ]),
      },
      { name: 'collect outputs', caps: ['file.base'] },
      ROLES.outputs,
    );
    return this.definitionFor(digest);
  }
}
