/**
 * A walk through the steps of a build: run up to a step, stop before it, go on.
 *
 * The position is the step that would run next. Everything before it has run; what else BuildKit
 * may run at the same time is its choice, so a long way is as parallel as a plain build.
 */
import { BuildkitError, isCancelled } from '../../proto/client/buildkit-error';
import type { BuildJob } from './build-job';
import { type StepFailure, stepFailure } from './step-failure';
import { frontier, type Step } from './steps';

/** Where a run came to. */
export type Halt =
  /** Before the step at the position. */
  | { readonly kind: 'before'; readonly step: Step }
  /** Everything has run. */
  | { readonly kind: 'end' }
  /** Stopped by {@link Walk.pause} before the step at the position was done. */
  | { readonly kind: 'paused'; readonly step: Step }
  /** `step` is undefined when BuildKit names no place that we know. */
  | { readonly kind: 'failed'; readonly failure: StepFailure; readonly step: Step | undefined };

export class Walk {
  private at = 0;
  private running: AbortController | undefined;

  constructor(private readonly job: BuildJob) {}

  /** The step that runs next; undefined at the end. */
  get step(): Step | undefined {
    return this.job.steps[this.at];
  }

  /** Runs up to the next step after the position that `stops`, or to the end. */
  async runTo(stops: (step: Step) => boolean, inclusive: boolean): Promise<Halt> {
    const next = this.job.steps.findIndex(
      (step, index) => (inclusive ? index >= this.at : index > this.at) && stops(step),
    );
    return this.run(next < 0 ? this.job.steps.length : next);
  }

  /** Runs one step. */
  runOne(): Promise<Halt> {
    return this.run(this.at + 1);
  }

  /** Stops what runs; the run's promise then says where. */
  pause(): void {
    this.running?.abort();
  }

  private async run(target: number): Promise<Halt> {
    const { job } = this;
    const stop = new AbortController();
    this.running = stop;
    try {
      if (target >= job.steps.length) await job.runAll(stop.signal);
      else await job.runSteps(frontier(job.definitions, job.steps.slice(0, target)), stop.signal);
    } catch (error) {
      return await this.halted(error, stop.signal);
    } finally {
      this.running = undefined;
    }
    this.at = Math.min(target, job.steps.length);
    const { step } = this;
    return step === undefined ? { kind: 'end' } : { kind: 'before', step };
  }

  private async halted(error: unknown, stop: AbortSignal): Promise<Halt> {
    if (!(error instanceof BuildkitError)) throw error;
    const { job } = this;
    if (stop.aborted && isCancelled(error)) {
      const unfinished = job.steps.findIndex((step) => !job.isDone(step));
      this.at = unfinished < 0 ? this.at : unfinished;
      const { step } = this;
      return step === undefined ? { kind: 'end' } : { kind: 'paused', step };
    }
    const failure = stepFailure(error);
    const step = await job.failedStep(failure);
    if (step !== undefined) this.at = job.steps.indexOf(step);
    return { kind: 'failed', failure, step };
  }
}
