/**
 * Statements of one track that run in one go, in a single solve.
 *
 * A pause cuts a batch behind the statement that is under way when it is asked for. That statement
 * is awaited by a solve of its own, so that the one for all can be given up: at once where it runs
 * for long, so that the next one never begins, and else as soon as nothing is being committed.
 * Whatever later ones have done by then is kept, and nobody has been told.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { BuildJob } from '../job/build-job';
import { committed } from './committed';
import type { TrackStatement } from './program';
import type { Step } from './steps';

/**
 * How long BuildKit is given to join a second solve to a step that runs. A step that nobody is
 * joined to is stopped when its first solve is, and would start again. Milliseconds.
 */
const joining = 100;

export class Batch {
  /** Ends all of it. */
  private readonly stopping = new AbortController();
  /** Ends the solve for all statements. */
  private readonly leaving = new AbortController();
  /** What has run once the statement that a pause waits for has. */
  private boundary: Promise<readonly TrackStatement[]> | undefined;

  constructor(
    private readonly job: BuildJob,
    private readonly statements: readonly TrackStatement[],
  ) {}

  /**
   * Resolves to the statements that count as run: all, or those before the cut.
   * @throws BuildkitError of the first one that failed, or of {@link stop}
   */
  async run(): Promise<readonly TrackStatement[]> {
    const { steps } = this;
    if (steps.length === 0) return this.statements;
    const signal = AbortSignal.any([this.stopping.signal, this.leaving.signal]);
    const failure = await this.job.runSteps(this.job.frontierOf(steps), signal).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    // A failure of the awaited statement, or before it, is the boundary's own too.
    if (this.boundary !== undefined) return this.boundary;
    if (failure !== undefined) throw failure.error;
    return this.statements;
  }

  /** Ends the batch behind the statement that is under way. */
  cut(): void {
    const present = this.statements.findIndex(
      ({ step }) => step !== undefined && !this.job.isDone(step),
    );
    const last = this.statements.findLastIndex(({ step }) => step !== undefined);
    const step = this.statements[present]?.step;
    if (step === undefined || present === last) return;
    const before = this.statements.slice(0, present + 1);
    const done = this.job.runSteps([step], this.stopping.signal);
    this.boundary = Promise.all([done, this.leaveBehind(step, done)]).then(() => before);
    // What fails is told by whoever awaits the boundary.
    this.boundary.catch(() => undefined);
  }

  /** Stops what runs. */
  stop(): void {
    this.stopping.abort();
  }

  /** Leaves what runs to others, who have asked for what they want of it. Never rejects. */
  async leave(): Promise<void> {
    await this.giveUp(async () => {
      await this.joined();
      await this.settle(this.steps.findLastIndex((step) => this.job.isDone(step)));
    });
  }

  private async leaveBehind(step: Step, done: Promise<unknown>): Promise<void> {
    await this.giveUp(async () => {
      const hasRun = await Promise.race([
        done.then(() => true),
        // While the step runs, nothing behind it does.
        this.joined().then(() => false),
      ]);
      if (hasRun) await this.settle(this.steps.indexOf(step));
    });
  }

  private async giveUp(first: () => Promise<void>): Promise<void> {
    // Whatever fails here has failed for the solve as well: a step, or the whole job.
    await first().catch(() => undefined);
    this.leaving.abort();
  }

  private async joined(): Promise<void> {
    await this.job.gateway.ping();
    await wait(joining);
  }

  /** Resolves when all that has run is committed, which lets the next step begin, and end. */
  private async settle(index: number): Promise<void> {
    const step = this.steps[index];
    if (step === undefined) return;
    await committed(this.job, step);
    const reached = this.steps.findLastIndex((one) => this.job.isDone(one));
    if (reached > index) await this.settle(reached);
  }

  private get steps(): readonly Step[] {
    return this.statements.flatMap(({ step }) => step ?? []);
  }
}
