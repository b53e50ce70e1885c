/**
 * The stages of a closure on BuildKit: builds what is compiled so far where the rest waits for its
 * reports, reads these, and goes on until everything is compiled.
 */
import {
  byteStringOf,
  REPORT_FILE,
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
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { BuildFailure } from '../input/build-input';
import { buildEach, type EachOptions } from './build-each';
import { isWorthNesting, solveNested } from './nested-definition';
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
  /** A folder of the session for definitions that are too large for a message. */
  readonly definitions?: string;
  readonly signal: AbortSignal;
};

/** The answer to one gateway file read may be as large as a message; reports stay far below. */
export class StagedBuild {
  /** The paths that ops of the last attempt took from binary caches. */
  substitutes: ReadonlyMap<Digest, ByteString> = new Map();

  constructor(private readonly options: StagedBuildOptions) {}

  /**
   * Compiles the closure, building as much of it as that takes.
   * @throws BuildkitError when a derivation in an earlier stage fails
   * @throws BuildFailure when derivations wait for something that never comes
   */
  async compile(): Promise<CompiledClosure> {
    return this.withLinks(async () => (await this.compiler()).result());
  }

  /**
   * Builds everything and reports on it, then has `make` use the compiler; again when that finds that
   * an output is a link.
   */
  async realise<T>(make: (compiler: StagedCompiler) => Promise<T>): Promise<T> {
    return this.withLinks(async () => {
      const compiler = await this.compiler();
      await this.report(compiler);
      return make(compiler);
    });
  }

  private async withLinks<T>(attempt: () => Promise<T>): Promise<T> {
    const { knowledge } = this.options;
    // Outputs found to be links change what their users mount, so all is compiled anew.
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const before = knowledge.links.size;
        if (!learnLink(error, this.options.closure, knowledge)) throw error;
        if (knowledge.links.size === before) throw error;
      }
    }
  }

  private async compiler(): Promise<StagedCompiler> {
    const { closure, compile, knowledge } = this.options;
    const compiler = new StagedCompiler(closure, compile, 'exact', knowledge);
    this.substitutes = compiler.substitutes;
    for (;;) {
      const complete = compiler.advance();
      const refused = compiler.problems.some(({ severity }) => severity === 'error');
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
        compiler.add(await this.options.load(path, bytes));
      }
      if (made.length > 0) continue;
      if (!(await this.report(compiler))) throw stuck(compiler.stuck);
    }
  }

  /** Asks for all reports there can be; false when there was nothing to ask. */
  private async report(compiler: StagedCompiler): Promise<boolean> {
    const steps = compiler.pending();
    const read = ({ digest }: (typeof steps)[number]): Promise<Uint8Array> =>
      this.read(compiler.definitionFor(digest), digest, 0, REPORT_FILE);
    // Where the user limits how much runs at once, that is so for all of them together.
    const reports =
      this.options.each === undefined
        ? await Promise.all(steps.map(read))
        : await inTurn(steps, read);
    for (const [at, step] of steps.entries()) {
      const report = reports[at];
      if (report !== undefined) compiler.learn(step, byteStringOf(report));
    }
    return steps.length > 0;
  }

  /** A file of what a step leaves. */
  private async read(
    definition: Definition,
    digest: Digest,
    index: number,
    filePath: string,
  ): Promise<Uint8Array> {
    const { gateway, signal, each } = this.options;
    if (each !== undefined) await buildEach(definition, gateway, each, signal);
    const request = sliceRequest(definition, digest, index);
    const nested = each === undefined && isWorthNesting(request);
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

async function inTurn<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}

function stuck(paths: readonly ByteString[]): BuildFailure {
  const [first = ''] = paths;
  return new BuildFailure(
    `${textOf(first)} cannot be built: one of its inputs is not in the closure.`,
  );
}
