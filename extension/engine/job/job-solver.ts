/**
 * Solves inside one job: each output of an op once, and again without the cache where that is
 * asked for.
 */
import type { Gateway } from '../../../proto/client/gateway';
import type * as ops from '../../../proto/generated/ops';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { SharedSolve } from './shared-solve';
import { sliceRequest } from './slice';

export class JobSolver {
  private readonly refs = new Map<string, SharedSolve<string>>();
  /** Ops that run again whatever the cache has. */
  private readonly uncached = new Set<Digest>();

  /**
   * @param stop ends everything
   * @param orEnd a call inside the job, which fails with the job where that ends first
   */
  constructor(
    private readonly gateway: Gateway,
    private readonly stop: AbortSignal,
    private readonly orEnd: <T>(call: Promise<T>) => Promise<T>,
  ) {}

  /** Whether some op is to run without the cache, which the frontend's own results do not know. */
  get runsAgain(): boolean {
    return this.uncached.size > 0;
  }

  /** @returns false when one of the ops was run again in this job already */
  runAgain(digests: readonly Digest[]): boolean {
    if (digests.some((digest) => this.uncached.has(digest))) return false;
    for (const digest of digests) this.uncached.add(digest);
    this.refs.clear();
    return true;
  }

  /**
   * The gateway's name for an output of an op, evaluated; the same one each time.
   * @throws BuildkitError when it cannot be made
   */
  async solve(
    definition: Definition,
    digest: Digest,
    index: number,
    signal?: AbortSignal,
  ): Promise<string> {
    const key = `${digest}/${index}`;
    const known = this.refs.get(key);
    if (known !== undefined && !known.isStopped) return this.orEnd(known.join(signal));
    const slice = sliceRequest(definition, digest, index, this.uncached);
    const solving = new SharedSolve((stopped) => this.evaluated(slice, stopped));
    this.refs.set(key, solving);
    // What failed or was stopped is asked again next time.
    solving.failed(() => {
      if (this.refs.get(key) === solving) this.refs.delete(key);
    });
    return this.orEnd(solving.join(signal));
  }

  /** Solves a definition of the caller's own; the gateway's name for its result. */
  solveDefinition(definition: ops.Definition, signal?: AbortSignal): Promise<string> {
    return this.orEnd(this.evaluated(definition, signal));
  }

  /** Runs tasks side by side; the first that fails stops the others and is the one thrown. */
  async firstFailure(
    tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const group = new AbortController();
    const stopped = anySignal(this.stop, group.signal, signal);
    let first: { error: unknown } | undefined;
    await Promise.all(
      tasks.map(async (task) => {
        try {
          await task(stopped);
        } catch (error) {
          first ??= { error };
          group.abort();
        }
      }),
    );
    if (first !== undefined) throw first.error;
  }

  private async evaluated(definition: ops.Definition, signal?: AbortSignal): Promise<string> {
    const { ref } = await this.gateway.solve(
      { definition, evaluate: true },
      { signal: anySignal(this.stop, signal) },
    );
    return ref?.id ?? '';
  }
}

function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
