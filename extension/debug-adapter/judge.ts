/** Where walks stop: breakpoints, filters, watched paths. */
import type { BuildInput } from '../engine/input/build-input';
import type { BuildJob } from '../engine/job/build-job';
import { isOther } from '../engine/files/changes';
import { type FileEntry, resultFiles } from '../engine/files/files';
import type { TrackStatement } from '../engine/debug/program';
import { rootOf, variablesAt } from '../engine/debug/site';
import type { StepFailure } from '../engine/failure/step-failure';
import type { Cause, InsideStop, Judge, Moment } from '../engine/debug/walk';
import { derivationOp, stopBeforePhase } from '../engine/derivation/phases';
import { type Breakpoint, type Breakpoints, type DataBreakpoint, pathOf } from './breakpoints';
import { filledIn, hitTest, isTrue, type Meaning } from './conditions';

export type JudgeHost = {
  /** What is built now; an edit may have replaced it. */
  readonly build: () => { readonly job: BuildJob; readonly input: BuildInput };
  /** Prints a log message, as a link to its statement. */
  readonly log: (text: string, statement: TrackStatement) => void;
  readonly complain: (text: string) => void;
  /** Whether the session was to stop once all of this statement's target has run. */
  readonly endsAt: (statement: TrackStatement) => boolean;
};

export class BreakpointJudge implements Judge {
  constructor(
    private readonly breakpoints: Breakpoints,
    private readonly host: JudgeHost,
  ) {}

  mayStopBefore(statement: TrackStatement): boolean {
    return (
      this.breakpoints.at(statement).length > 0 ||
      this.breakpoints.isOnce(statement) ||
      this.mayStopInside(statement) ||
      (this.breakpoints.filter('warning') !== null && this.warningsAt(statement).length > 0)
    );
  }

  async before(statement: TrackStatement): Promise<Cause | undefined> {
    const isHere = this.breakpoints.takeOnce(statement);
    const hits: number[] = [];
    for (const one of this.breakpoints.at(statement)) {
      if (await this.counts(one, statement, 'before')) hits.push(one.id);
    }
    if (hits.length > 0) return { reason: 'breakpoint', hits };
    if (isHere) return { reason: 'goto' };
    const [warning] = this.warningsAt(statement);
    if (warning === undefined || !(await this.passes('warning', statement, 'before'))) {
      return undefined;
    }
    return { reason: 'exception', description: 'Warning', text: warning.text };
  }

  mayStopInside(statement: TrackStatement): boolean {
    return this.breakpoints.phasesAt(statement).length > 0;
  }

  async inside(
    statement: TrackStatement,
    after: number,
    any: boolean,
  ): Promise<InsideStop | undefined> {
    const op = derivationOp(statement.step);
    const wanted = this.breakpoints.phasesAt(statement);
    if (op === undefined) return undefined;
    const names = any ? undefined : wanted.map(({ phase }) => phase);
    for (let passed = after; ;) {
      const stop = await stopBeforePhase(this.host.build().job, op, names, passed);
      if (stop === undefined) return undefined;
      const { phase, count, failure } = stop;
      const description = `Before ${phase}`;
      const hits: number[] = [];
      for (const { breakpoint } of wanted.filter((each) => each.phase === phase)) {
        if (await this.counts(breakpoint, statement, 'before')) hits.push(breakpoint.id);
      }
      if (hits.length > 0) {
        return { cause: { reason: 'breakpoint', description, hits }, failure, count };
      }
      if (any) return { cause: { reason: 'step', description }, failure, count };
      passed = count;
    }
  }

  /** Whether the session was to stop after this statement, whatever else is set. */
  private isEnd(statement: TrackStatement): boolean {
    return this.host.endsAt(statement);
  }

  mayStopAfter(statement: TrackStatement): boolean {
    const { breakpoints } = this;
    if (this.isEnd(statement)) return true;
    if (statement.step === undefined) return false;
    return (
      breakpoints.data.length > 0 ||
      breakpoints.filter('cacheMiss') !== null ||
      breakpoints.filter('cacheHit') !== null
    );
  }

  async after(statement: TrackStatement): Promise<Cause | undefined> {
    const cause = (await this.watchedChange(statement)) ?? (await this.cacheOutcome(statement));
    if (cause !== undefined || !this.isEnd(statement)) return cause;
    return { reason: 'goto', description: `The end of ${statement.track.name}` };
  }

  async failed(statement: TrackStatement, failure: StepFailure): Promise<Cause | undefined> {
    const on = await this.passes('failed', statement, 'before');
    return on
      ? { reason: 'exception', description: 'The step failed', text: failure.message }
      : undefined;
  }

  /** What words mean at a statement. */
  async meaning(
    statement: TrackStatement,
    moment: Moment,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Meaning> {
    const { input } = this.host.build();
    const variables = await variablesAt(input, { statement, moment });
    const { track, firstLine, text, step } = statement;
    return {
      facts: {
        step: text,
        stage: track.section,
        platform: track.platform,
        line: String(firstLine),
        digest: step?.digest ?? '',
        ...more,
      },
      variables,
      expand: (word) => input.expand(word, variables),
    };
  }

  private async cacheOutcome(statement: TrackStatement): Promise<Cause | undefined> {
    const { step } = statement;
    const wanted = (['cacheMiss', 'cacheHit'] as const).filter(
      (id) => this.breakpoints.filter(id) !== null,
    );
    if (step === undefined || wanted.length === 0) return undefined;
    const cached = await this.host.build().job.wasCached(step);
    if (cached === undefined) return undefined;
    const id = cached ? 'cacheHit' : 'cacheMiss';
    if (
      !wanted.includes(id) ||
      !(await this.passes(id, statement, 'after', { cached: String(cached) }))
    ) {
      return undefined;
    }
    return cached
      ? { reason: 'exception', description: 'Cache hit', text: 'This step came from the cache.' }
      : {
          reason: 'exception',
          description: 'Cache miss',
          text: 'This step was not in the cache, so it ran.',
        };
  }

  private async watchedChange(statement: TrackStatement): Promise<Cause | undefined> {
    // What an image brings along is no change that a step made.
    if (statement.step?.ops.at(-1)?.op.op.kind === 'source') return undefined;
    for (const one of this.breakpoints.data) {
      const [before, after] = await Promise.all([
        this.entryAt(statement, 'before', one),
        this.entryAt(statement, 'after', one),
      ]);
      const change = changeOf(before, after);
      if (change === undefined || !(await this.counts(one, statement, 'after'))) continue;
      return {
        reason: 'data breakpoint',
        description: `${one.path} was ${change}`,
        text: `${statement.text}: ${one.path} was ${change}`,
        hits: [one.id],
      };
    }
    return undefined;
  }

  private async entryAt(
    statement: TrackStatement,
    moment: 'before' | 'after',
    { path }: DataBreakpoint,
  ): Promise<FileEntry | undefined> {
    const { job } = this.host.build();
    const root = rootOf({ statement, moment });
    if (root === undefined) return undefined;
    const ref = await job.solve(root.digest, root.index);
    return ref === '' ? undefined : resultFiles(job.gateway, ref).stat(path);
  }

  private warningsAt(statement: TrackStatement) {
    const { job, input } = this.host.build();
    return job.warnings.filter(
      ({ filename, lines }) =>
        input.pathOfSource(filename) === pathOf(statement) &&
        lines.some((line) => statement.firstLine <= line && line <= statement.lastLine),
    );
  }

  private async passes(
    id: Parameters<Breakpoints['filter']>[0],
    statement: TrackStatement,
    moment: Moment,
    more: Readonly<Record<string, string>> = {},
  ): Promise<boolean> {
    const condition = this.breakpoints.filter(id);
    if (condition === null) return false;
    return condition.trim() === '' || this.holds(condition, statement, moment, more);
  }

  /** Whether a breakpoint stops here: its condition, its hit count, and no message to log instead. */
  private async counts(
    breakpoint: Breakpoint,
    statement: TrackStatement,
    moment: Moment,
  ): Promise<boolean> {
    const { condition = '', hitCondition = '', logMessage = '' } = breakpoint.terms;
    if (condition.trim() !== '' && !(await this.holds(condition, statement, moment, {}))) {
      return false;
    }
    breakpoint.hits++;
    const test = hitTest(hitCondition);
    if (hitCondition.trim() !== '' && test?.(breakpoint.hits) !== true) return false;
    if (logMessage === '') return true;
    this.host.log(filledIn(logMessage, await this.meaning(statement, moment)), statement);
    return false;
  }

  /** A condition that cannot be read stops, and says why: passing over it silently helps nobody. */
  private async holds(
    condition: string,
    statement: TrackStatement,
    moment: Moment,
    more: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    try {
      return isTrue(condition, await this.meaning(statement, moment, more));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.host.complain(`The condition "${condition}" could not be evaluated: ${reason}\n`);
      return true;
    }
  }
}

function changeOf(
  before: FileEntry | undefined,
  after: FileEntry | undefined,
): 'added' | 'changed' | 'removed' | undefined {
  if (before === undefined) return after === undefined ? undefined : 'added';
  if (after === undefined) return 'removed';
  return isOther(before, after) ? 'changed' : undefined;
}
