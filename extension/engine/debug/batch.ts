/**
 * Statements of one track that run in one go, in a single solve.
 *
 * A pause cuts a batch behind the statement that is under way when it is asked for. That boundary
 * holds whatever BuildKit does meanwhile: the statement is waited for by a solve of its own, which
 * ends with it, and if later ones have run or failed by then, so much the better; their results are
 * kept, and nobody has been told.
 */
import type { BuildJob } from '../job/build-job';
import type { TrackStatement } from './program';

export class Batch {
  private readonly stopping = new AbortController();
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
    const steps = this.statements.flatMap(({ step }) => step ?? []);
    if (steps.length === 0) return this.statements;
    const whole = this.job.runSteps(this.job.frontierOf(steps), this.stopping.signal);
    const failure = await whole.then(
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
    this.boundary = done.then(() => {
      // The rest is not wanted any more.
      this.stop();
      return before;
    });
    // What fails is told by whoever awaits the boundary.
    this.boundary.catch(() => undefined);
  }

  /** Stops what runs. */
  stop(): void {
    this.stopping.abort();
  }
}
