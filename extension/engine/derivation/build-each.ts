/**
 * Derivations one by one instead of all at once: as many at a time as the user allows, and, where one
 * fails, on with those that do not need it. BuildKit itself runs whatever is ready and stops at the
 * first failure.
 */
import { BuildkitError } from '../../../proto/client/buildkit-error';
import type { Gateway } from '../../../proto/client/gateway';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { sliceRequest } from '../job/slice';

export type EachOptions = {
  /** Derivations at once; default: all that are ready. */
  readonly jobs?: number;
  /** Whether a failure leaves the others going. */
  readonly keepGoing?: boolean;
};

/** The op of a derivation and what it failed with, be that of a step that it shares with others. */
export type DerivationFailure = { readonly op: Digest; readonly error: BuildkitError };

/** Everything that failed, in the order in which it did; at least one. */
export class DerivationFailures extends Error {
  override readonly name = 'DerivationFailures';

  constructor(
    readonly failures: readonly [DerivationFailure, ...DerivationFailure[]],
    /** How many derivations were not built since they need one that failed. */
    readonly skipped: number,
  ) {
    super(failures[0].error.message);
  }
}

type Task = { readonly digest: Digest; readonly needs: ReadonlySet<Digest> };

/** One build of a closure; it knows from stage to stage what is done and what failed. */
export class EachBuild {
  private readonly done = new Set<Digest>();
  private readonly failures: DerivationFailure[] = [];
  private skipped = 0;
  /** Derivations that failed, or that need one that did. */
  readonly failed: ReadonlySet<Digest>;
  private readonly lost = new Set<Digest>();

  constructor(
    private readonly gateway: Gateway,
    private readonly options: EachOptions,
    private readonly signal: AbortSignal,
  ) {
    this.failed = this.lost;
  }

  /** Notes derivations that were not even compiled, since what they need failed. */
  skip(count: number): void {
    this.skipped += count;
  }

  /** @throws DerivationFailures when anything has failed so far */
  settle(): void {
    const [first, ...more] = this.failures;
    if (first !== undefined) throw new DerivationFailures([first, ...more], this.skipped);
  }

  /**
   * Builds every derivation of a definition that is neither done nor failed yet.
   * @throws DerivationFailures unless it is to keep going, BuildkitError when it is cancelled
   */
  async build(definition: Definition): Promise<void> {
    const { jobs = Infinity, keepGoing = false } = this.options;
    const { done, lost, failures } = this;
    const waiting = new Set(
      tasksOf(definition).filter(({ digest }) => !done.has(digest) && !lost.has(digest)),
    );
    const running = new Set<Promise<void>>();
    for (;;) {
      for (const task of waiting) {
        const [...needs] = task.needs;
        if (needs.some((each) => lost.has(each))) {
          lost.add(task.digest);
          waiting.delete(task);
          this.skipped++;
        } else if (
          running.size < jobs &&
          (keepGoing || failures.length === 0) &&
          needs.every((each) => done.has(each))
        ) {
          waiting.delete(task);
          const ended = this.run(definition, task).finally(() => running.delete(ended));
          running.add(ended);
        }
      }
      if (running.size === 0) break;
      await Promise.race(running);
    }
    if (!keepGoing) this.settle();
  }

  private async run(definition: Definition, { digest }: Task): Promise<void> {
    const { gateway, signal } = this;
    try {
      const request = { definition: sliceRequest(definition, digest), evaluate: true };
      await gateway.solve(request, { signal });
      this.done.add(digest);
    } catch (error) {
      if (!(error instanceof BuildkitError) || signal.aborted) throw error;
      this.lost.add(digest);
      this.failures.push({ op: digest, error });
    }
  }
}

/** The derivations of a definition, inputs first, each with those that it needs. */
function tasksOf(definition: Definition): Task[] {
  const tasks: Task[] = [];
  /** Of every op the derivations that it rests on, the nearest only. */
  const below = new Map<Digest, ReadonlySet<Digest>>();
  for (const { digest, op } of definition.ops) {
    const needs = new Set<Digest>();
    for (const input of op.inputs)
      for (const each of below.get(input.digest) ?? []) needs.add(each);
    const { description } = definition.metadata.get(digest) ?? {};
    if (description?.['llb-lens.derivation'] === undefined) below.set(digest, needs);
    else {
      tasks.push({ digest, needs });
      below.set(digest, new Set([digest]));
    }
  }
  return tasks;
}
