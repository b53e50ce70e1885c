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

/** Everything that failed, in the order in which it did; at least one. */
export class DerivationFailures extends Error {
  override readonly name = 'DerivationFailures';

  constructor(
    readonly failures: readonly [BuildkitError, ...BuildkitError[]],
    /** How many derivations were not built since they need one that failed. */
    readonly skipped: number,
  ) {
    super(failures[0].message);
  }
}

type Task = { readonly digest: Digest; readonly needs: ReadonlySet<Digest> };

/**
 * Builds every derivation of a definition.
 * @throws DerivationFailures, BuildkitError when it is cancelled
 */
export async function buildEach(
  definition: Definition,
  gateway: Gateway,
  { jobs = Infinity, keepGoing = false }: EachOptions,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Set(tasksOf(definition));
  const done = new Set<Digest>();
  const failed = new Set<Digest>();
  const failures: BuildkitError[] = [];
  const running = new Set<Promise<void>>();
  let skipped = 0;
  const run = async ({ digest }: Task): Promise<void> => {
    try {
      const request = { definition: sliceRequest(definition, digest), evaluate: true };
      await gateway.solve(request, { signal });
      done.add(digest);
    } catch (error) {
      if (!(error instanceof BuildkitError) || signal.aborted) throw error;
      failed.add(digest);
      failures.push(error);
    }
  };
  for (;;) {
    for (const task of waiting) {
      const [...needs] = task.needs;
      if (needs.some((each) => failed.has(each))) {
        failed.add(task.digest);
        waiting.delete(task);
        skipped++;
      } else if (
        running.size < jobs &&
        (keepGoing || failures.length === 0) &&
        needs.every((each) => done.has(each))
      ) {
        waiting.delete(task);
        const ended = run(task).finally(() => running.delete(ended));
        running.add(ended);
      }
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  const [first, ...more] = failures;
  if (first !== undefined) throw new DerivationFailures([first, ...more], skipped);
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
