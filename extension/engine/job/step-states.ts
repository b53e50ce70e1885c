/** How far the steps of a build are, by what its status stream has told; which follows behind. */
import type { BuildGraph, NodeState } from '../../../proto/model/build-graph';
import type { Step } from '../debug/steps';
import { failedStep, type StepFailure } from '../failure/step-failure';

/** How long what failed may take to be told. Milliseconds. */
const failureLag = 3_000;
/** How far the status stream may lie behind an answer. Milliseconds. */
const statusLag = 1_000;
/** Between two looks at the status stream. Milliseconds. */
const statusPause = 50;

export class StepStates {
  /** @param graph as it is now */
  constructor(private readonly graph: () => BuildGraph) {}

  /** Whether all of a step has run, now or in an earlier build. */
  isDone(step: Step): boolean {
    return this.of(step).every((state) => state === 'done' || state === 'cached');
  }

  /**
   * Whether a step that was just solved came from the cache; waits a moment for the status stream.
   * Undefined when BuildKit never said so.
   */
  wasCached(step: Step): Promise<boolean | undefined> {
    return soon(statusLag, () => {
      const states = this.of(step);
      if (states.includes('done')) return false;
      return states.length > 0 && states.every((state) => state === 'cached') ? true : undefined;
    });
  }

  /**
   * The step that a failure belongs to. BuildKit runs a step that two builds share only once; for
   * the second build the error names the first one's vertex and no place, and only this build's own
   * status stream says which of its vertices failed.
   */
  async failed(steps: readonly Step[], failure: StepFailure): Promise<Step | undefined> {
    const named = failedStep(steps, failure);
    if (named !== undefined || steps.length === 0) return named;
    return soon(failureLag, () => {
      const { nodes, status } = this.graph();
      const failed = nodes.filter(({ id }) => status[id]?.state === 'failed');
      const digests = new Set<string>(failed.map(({ digest }) => digest));
      return steps.find(({ ops }) => ops.some(({ digest }) => digests.has(digest)));
    });
  }

  private of(step: Step): readonly NodeState[] {
    const { nodes, status } = this.graph();
    const own = new Set<string>(step.ops.map((one) => one.digest));
    return nodes
      .filter((node) => own.has(node.digest))
      .map((node) => status[node.id]?.state ?? 'unknown');
  }
}

/** What `look` gives once it gives something, undefined when it does not in this time. */
async function soon<T>(within: number, look: () => T | undefined): Promise<T | undefined> {
  for (let waited = 0; waited < within; waited += statusPause) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, statusPause));
  }
  return undefined;
}
