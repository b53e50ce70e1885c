/**
 * The stages of a closure on BuildKit: builds what is compiled so far where the rest waits for its
 * reports, reads these, and goes on until everything is compiled.
 */
import {
  isRefused,
  byteStringOf,
  REPORT_FILE,
  type ReportStep,
  StagedCompiler,
  textOf,
  type ByteString,
  type Closure,
  type CompiledClosure,
  type CompileOptions,
  type Knowledge,
} from '../../../language-server/derivation';
import { BuildkitError } from '../../../proto/client/buildkit-error';
import type { Gateway } from '../../../proto/client/gateway';
import type { NodeOutput } from '../../../proto/model/build-graph';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { BuildFailure } from '../input/build-input';
import { EachBuild, type EachOptions } from './build-each';
import { isWorthNesting, solveNested, type LargeDefinitions } from './nested-definition';
import type { ReportMemory } from './report-memory';
import { sliceRequest } from '../job/slice';

export type StagedBuildOptions = {
  readonly closure: Closure;
  readonly compile: CompileOptions;
  readonly gateway: Gateway;
  /** Loads a derivation that another has made, with what it needs. */
  readonly load: (path: ByteString, bytes: Uint8Array) => Promise<Closure>;
  /** How derivations are built; default: all at once, up to the first failure. */
  readonly each?: EachOptions;
  /** What earlier attempts found out; it grows. */
  readonly knowledge: Knowledge;
  /** Reports of earlier builds; without, each stage waits for those before it. */
  readonly memory?: ReportMemory;
  readonly definitions: LargeDefinitions;
  readonly signal: AbortSignal;
};

/** With more outputs than this nobody waits for their sizes. */
const MOST_WEIGHED = 1024;
/** Reports that are gathered in one step: each is a mount. */
const MOST_GATHERED = 256;

/** A report that is taken for true until the builder has said so. */
type Assumed = { readonly step: ReportStep; readonly report: Uint8Array };

/** The answer to one gateway file read may be as large as a message; reports stay far below. */
export class StagedBuild {
  /** The paths that ops of the last attempt took from binary caches. */
  substitutes: ReadonlyMap<Digest, ByteString> = new Map();
  private each: EachBuild | undefined;
  private memory: ReportMemory | undefined;
  private assumed: Assumed[] = [];
  private last: StagedCompiler | undefined;
  private current: StagedCompiler | undefined;

  constructor(private readonly options: StagedBuildOptions) {
    const { each, gateway, signal, memory } = options;
    this.each = each && new EachBuild(gateway, each, signal);
    this.memory = memory;
  }

  /**
   * Compiles the closure, building as much of it as that takes.
   * @throws BuildkitError when a derivation in an earlier stage fails
   * @throws BuildFailure when derivations wait for something that never comes
   */
  compile(): Promise<CompiledClosure> {
    return this.withLinks(async () => (await this.compiler()).result());
  }

  /**
   * Builds everything and reports on it, then has `make` use the compiler; again when that finds that
   * an output is a link.
   */
  realise<T>(make: (compiler: StagedCompiler) => Promise<T>): Promise<T> {
    return this.withLinks(async () => make(await this.compiler(true)));
  }

  /**
   * Builds the derivations of a definition one by one, where the user limits them or goes on past
   * failures.
   * @throws DerivationFailures with those of all stages
   */
  async buildEach(definition: Definition | undefined): Promise<void> {
    if (definition !== undefined) await this.each?.build(definition);
    this.each?.settle();
  }

  /** What the last attempt has compiled, as far as it got. */
  get soFar(): Definition | undefined {
    return this.current?.soFar;
  }

  /** How large the outputs of the last compilation are as archives, by the op that made them. */
  async sizes(): Promise<ReadonlyMap<Digest, readonly NodeOutput[]>> {
    const { last } = this;
    if (last === undefined) return new Map();
    const { outputs, steps } = last.weighing();
    if (outputs.length > MOST_WEIGHED) return new Map();
    const sizes = new Map<ByteString, number>();
    for (const step of steps) {
      const report = await this.read(last.definitionFor(step), step, 0, REPORT_FILE);
      for (const line of byteStringOf(report).split('\n')) {
        const [, path = '', size = ''] = line.split(' ');
        if (path !== '') sizes.set(path, Number(size));
      }
    }
    const made = new Map<Digest, NodeOutput[]>();
    for (const { name, path, digest } of outputs) {
      const size = sizes.get(path);
      if (size === undefined) continue;
      made.set(digest, [...(made.get(digest) ?? []), { name: textOf(name), size }]);
    }
    return made;
  }

  private async withLinks<T>(attempt: () => Promise<T>): Promise<T> {
    const { knowledge } = this.options;
    // Outputs found to be links change what their users mount, so all is compiled anew.
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const before = knowledge.links.size;
        const isLink = learnLink(error, this.options.closure, knowledge);
        if (!isLink || knowledge.links.size === before) throw error;
        if (this.assumed.length > 0) knowledge.forgetReports();
        this.assumed = [];
      }
    }
  }

  /** @param whole whether all is reported on, to the last derivation */
  private async compiler(whole = false): Promise<StagedCompiler> {
    for (;;) {
      const compiler = await this.compiled();
      this.last = compiler;
      if (whole) await this.report(compiler);
      if (await this.isTrue(compiler)) return compiler;
      const { each, gateway, signal, knowledge } = this.options;
      knowledge.forgetReports();
      this.memory = undefined;
      this.each = each && new EachBuild(gateway, each, signal);
    }
  }

  private async compiled(): Promise<StagedCompiler> {
    const { closure, compile, knowledge } = this.options;
    const compiler = new StagedCompiler(closure, compile, 'exact', knowledge);
    this.substitutes = compiler.substitutes;
    this.current = compiler;
    for (;;) {
      const complete = compiler.advance();
      const refused = compiler.problems.some(isRefused);
      if (complete || refused) return compiler;
      const made = compiler.missingDerivations();
      for (const { path, input, selector } of made) {
        const [digest, index] = [input.digest, input.index];
        const bytes = await this.read(
          compiler.definitionFor(digest, index),
          digest,
          index,
          selector,
        );
        const loaded = await this.options.load(path, bytes);
        const [fault] = loaded.derivations.get(path)?.errors ?? [];
        if (fault !== undefined) {
          const why = `${fault.message} at byte ${fault.start}`;
          throw new BuildFailure(`error parsing derivation '${textOf(path)}': ${why}`);
        }
        compiler.add(loaded);
      }
      if (made.length > 0) continue;
      if (!(await this.report(compiler))) throw new BuildFailure(compiler.stuck);
    }
  }

  /** Asks for all reports there can be; false when there was nothing to ask. */
  private async report(compiler: StagedCompiler): Promise<boolean> {
    const steps = compiler.pending();
    const remembered = await Promise.all(
      steps.map(async ({ digest }) => this.memory?.recall(digest)),
    );
    const all = steps.map((step, at) => ({ step, report: remembered[at] }));
    for (const { step, report } of all) {
      if (report === undefined) continue;
      this.assumed.push({ step, report });
      compiler.learn(step, byteStringOf(report));
    }
    const unknown = all.flatMap(({ step, report }) => (report === undefined ? [step] : []));
    if (unknown.length === 0) return steps.length > 0;
    const { each } = this;
    if (each === undefined) {
      await Promise.all(unknown.map((step) => this.ask(compiler, step)));
      return true;
    }
    // Where the user limits how much runs at once, that is so for all of them together.
    for (const { digest } of unknown) await each.build(compiler.definitionFor(digest));
    if (unknown.some((step) => hasFailed(compiler, step, each))) {
      each.skip(compiler.giveUp(each.failed));
      return true;
    }
    for (const step of unknown) await this.ask(compiler, step);
    return true;
  }

  private async ask(compiler: StagedCompiler, step: ReportStep): Promise<void> {
    const { digest } = step;
    const report = await this.read(compiler.definitionFor(digest), digest, 0, REPORT_FILE);
    compiler.learn(step, byteStringOf(report));
    await this.options.memory?.keep(digest, report);
  }

  /** Whether what was remembered is what the builder has; it builds what it has no more. */
  private async isTrue(compiler: StagedCompiler): Promise<boolean> {
    const { assumed } = this;
    this.assumed = [];
    for (let at = 0; at < assumed.length; at += MOST_GATHERED) {
      const some = assumed.slice(at, at + MOST_GATHERED);
      const digest = compiler.gather(some.map(({ step }) => step));
      const definition = compiler.definitionFor(digest);
      await this.each?.build(definition);
      const { each } = this;
      if (each && some.some(({ step }) => hasFailed(compiler, step, each))) return false;
      const found = await this.read(definition, digest, 0, REPORT_FILE);
      if (!Buffer.concat(some.map(({ report }) => report)).equals(found)) return false;
    }
    return true;
  }

  /** A file of what a step leaves. */
  private async read(
    definition: Definition,
    digest: Digest,
    index: number,
    filePath: string,
  ): Promise<Uint8Array> {
    const { gateway, signal } = this.options;
    await this.each?.build(definition);
    const request = sliceRequest(definition, digest, index);
    const nested = this.each === undefined && isWorthNesting(request);
    const ref = nested
      ? await solveNested(gateway, request, this.options.definitions, signal)
      : (await gateway.solve({ definition: request }, { signal })).ref?.id;
    return gateway.readFile({ ref: ref ?? '', filePath }, { signal });
  }
}

/**
 * Whether an error says that an output cannot be mounted since it is a symlink; notes which.
 * The runner keeps such outputs elsewhere, so that nothing is at the path that is mounted.
 */
export function learnLink(error: unknown, closure: Closure, knowledge: Knowledge): boolean {
  if (!(error instanceof BuildkitError)) return false;
  const [, base] =
    /"?\/[^"/\s]+\/([0-9a-z]{32}-[^"\s:/]+)"?: (?:not found|no such file)/.exec(error.message) ??
    [];
  const path = `${closure.storeDir}/${base ?? ''}`;
  const isOutput =
    base !== undefined &&
    ([...closure.derivations.values()].some(({ derivation }) =>
      derivation?.outputs.some((output) => output.path === path),
    ) ||
      knowledge.mentions.has(path));
  if (!isOutput) return false;
  knowledge.links.add(path);
  return true;
}

function hasFailed(compiler: StagedCompiler, { drvs }: ReportStep, each: EachBuild): boolean {
  return drvs.some((drv) => {
    const digest = compiler.execOf(drv);
    return digest !== undefined && each.failed.has(digest);
  });
}
