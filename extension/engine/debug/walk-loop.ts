/**
 * The loop of one walk: it asks whether to stop, waits for what it needs of other tracks, runs what
 * nothing can stop in one go, and looks at what came of it. Whoever takes the walk over in between
 * changes its turn, which ends the loop.
 */
import { BuildkitError, Code, isCancelled } from '../../../proto/client/buildkit-error';
import type { BuildJob } from '../job/build-job';
import { Batch } from './batch';
import type { Track, TrackStatement } from './program';
import {
  before,
  pauseCause,
  stepCause,
  type Cause,
  type Judge,
  type Walk,
  type WalkEvents,
  type WalkStop,
} from './walk';

/** What the walks of a build share, and what a loop does to others. */
export type Course = {
  readonly job: BuildJob;
  readonly judge: Judge;
  readonly events: WalkEvents;
  readonly ran: Set<TrackStatement>;
  /** Stops for one time, made by stepping. */
  readonly marks: Map<TrackStatement, Cause>;
  /** What runs now. */
  readonly running: Map<Walk, Batch>;
  /** Nothing is told any more. */
  readonly isOver: boolean;
  /** Resolves with the next {@link notify}. */
  readonly changed: Promise<void>;
  /** Something happened that others may wait for. */
  notify(): void;
  halt(walk: Walk, stop: WalkStop): void;
  finish(walk: Walk): void;
  /** Stepping comes out of a track. */
  leave(track: Track): void;
  /** Lets the walk of a track go, unless it was before. */
  letGo(track: Track): void;
};

export class WalkLoop {
  constructor(private readonly course: Course) {}

  /** @param fresh whether the judge is asked about the statement that the walk stands at */
  async run(walk: Walk, turn: number, fresh: boolean): Promise<void> {
    walk.state = { kind: 'running' };
    let ask = fresh;
    // A step from behind the last statement has nothing to run.
    if (walk.goal !== 'far' && walk.next === undefined) this.course.leave(walk.track);
    while (walk.turn === turn) {
      const statement = walk.next;
      if (statement === undefined) {
        this.course.finish(walk);
        return;
      }
      if (ask) {
        const cause = await this.causeBefore(walk, statement);
        if (walk.turn !== turn) return;
        if (cause !== undefined) {
          this.course.halt(walk, before(statement, cause));
          return;
        }
      }
      ask = true;
      if (!(await this.ready(walk, statement, turn))) return;
      if (await this.stopsInside(walk, statement, turn)) return;
      const batch = this.batchFrom(walk);
      const { failure, ran } = await this.perform(walk, batch);
      if (walk.turn !== turn) return;
      if (failure !== undefined) {
        await this.failed(walk, batch, failure);
        return;
      }
      for (const one of ran) this.course.ran.add(one);
      walk.position += ran.length;
      const last = ran.at(-1);
      if (walk.pauseWanted && walk.next === undefined && last !== undefined) {
        this.course.notify();
        this.course.halt(walk, { statement: last, moment: 'after', cause: pauseCause });
        return;
      }
      // Before those that waited for the track go on by themselves.
      if (walk.goal !== 'far' && walk.next === undefined) this.course.leave(walk.track);
      this.course.notify();
      if (await this.stopsAfter(walk, turn, last)) return;
      if (walk.goal === 'one' && walk.next !== undefined) {
        this.course.halt(walk, before(walk.next, stepCause));
        return;
      }
    }
  }

  private async causeBefore(walk: Walk, statement: TrackStatement): Promise<Cause | undefined> {
    const mark = this.course.marks.get(statement);
    if (this.course.judge.mayStopBefore(statement)) {
      const cause = await this.course.judge.before(statement);
      if (cause !== undefined) return cause;
    }
    return mark ?? (walk.pauseWanted ? pauseCause : undefined);
  }

  /** True when the walk stops inside of a statement, or was taken over meanwhile. */
  private async stopsInside(walk: Walk, statement: TrackStatement, turn: number): Promise<boolean> {
    const within = walk.within?.statement === statement ? walk.within : undefined;
    const isStep = walk.goal === 'one' && within !== undefined;
    walk.within = undefined;
    if (!isStep && !this.course.judge.mayStopInside(statement)) return false;
    const stop = await this.course.judge.inside(statement, within?.count ?? 0, isStep);
    if (walk.turn !== turn) return true;
    if (stop === undefined) return false;
    const { cause, failure, count } = stop;
    walk.within = { statement, count };
    this.course.halt(walk, { statement, moment: 'failure', cause, failure, inside: true });
    return true;
  }

  private async stopsAfter(
    walk: Walk,
    turn: number,
    statement: TrackStatement | undefined,
  ): Promise<boolean> {
    if (statement === undefined || !this.course.judge.mayStopAfter(statement)) return false;
    const cause = await this.course.judge.after(statement);
    if (walk.turn !== turn) return true;
    if (cause === undefined) return false;
    this.course.halt(walk, { statement, moment: 'after', cause });
    return true;
  }

  /** Waits for the statements of other tracks; false when the walk was taken over meanwhile. */
  private async ready(walk: Walk, statement: TrackStatement, turn: number): Promise<boolean> {
    for (const need of statement.needs) {
      while (!this.course.ran.has(need)) {
        this.course.letGo(need.track);
        if (walk.state.kind !== 'waiting' || walk.state.for !== need) {
          walk.state = { kind: 'waiting', for: need };
          this.course.events.waiting(walk);
        }
        await this.course.changed;
        if (walk.turn !== turn) return false;
        if (walk.pauseWanted) {
          this.course.halt(walk, before(statement, pauseCause));
          return false;
        }
      }
    }
    walk.state = { kind: 'running' };
    return true;
  }

  /** The statement at the position and those behind it that nothing can stop or hold up. */
  private batchFrom(walk: Walk): readonly TrackStatement[] {
    const { statements } = walk.track;
    const batch: TrackStatement[] = [];
    for (const statement of statements.slice(walk.position)) {
      const last = batch.at(-1);
      if (last !== undefined) {
        if (walk.goal === 'one' || walk.pauseWanted) break;
        if (this.course.judge.mayStopAfter(last) || this.course.judge.mayStopBefore(statement))
          break;
        if (this.course.marks.has(statement)) break;
        if (!statement.needs.every((need) => this.course.ran.has(need))) break;
      }
      batch.push(statement);
    }
    return batch;
  }

  /** Runs statements in one go; what ran is less of them where a pause cut them. */
  private async perform(
    walk: Walk,
    statements: readonly TrackStatement[],
  ): Promise<{ readonly failure?: BuildkitError; readonly ran: readonly TrackStatement[] }> {
    const batch = new Batch(this.course.job, statements);
    this.course.running.set(walk, batch);
    try {
      return { ran: await batch.run() };
    } catch (error) {
      if (!(error instanceof BuildkitError)) throw error;
      return { failure: error, ran: [] };
    } finally {
      if (this.course.running.get(walk) === batch) this.course.running.delete(walk);
    }
  }

  private async failed(
    walk: Walk,
    batch: readonly TrackStatement[],
    error: BuildkitError,
  ): Promise<void> {
    const [first] = batch;
    if (first === undefined || this.course.isOver) return;
    if (isCancelled(error) && walk.pauseWanted) {
      // What makes no op lies behind the last step that is done: it is still to come.
      const done = batch.findLastIndex(
        ({ step }) => step !== undefined && this.course.job.isDone(step),
      );
      const left = batch[done + 1] ?? batch.at(-1) ?? first;
      for (const one of batch.slice(0, batch.indexOf(left))) this.course.ran.add(one);
      walk.position = left.index;
      this.course.halt(walk, before(left, pauseCause));
      this.course.notify();
      return;
    }
    const turn = walk.turn;
    if (error.code === Code.unavailable) {
      walk.turn++;
      this.course.events.broken(error);
      return;
    }
    const failure = await this.course.job.failureOf(error);
    const step = await this.course.job.failedStep(failure);
    if (walk.turn !== turn) return;
    if (step === undefined && failure.digest === undefined && failure.places.length === 0) {
      walk.turn++;
      this.course.events.broken(error);
      return;
    }
    const own = batch.find(
      (one) => step !== undefined && one.step?.ops.some((op) => op.digest === step.digest),
    );
    const statement = own ?? batch.findLast((one) => one.step !== undefined) ?? first;
    const cause = await this.course.judge.failed(statement, failure);
    if (walk.turn !== turn) return;
    if (cause === undefined) {
      walk.turn++;
      this.course.events.gaveUp(failure, own ?? (step === undefined ? undefined : statement));
      return;
    }
    for (const one of batch.slice(0, batch.indexOf(statement))) this.course.ran.add(one);
    walk.position = statement.index;
    this.course.halt(walk, { statement, moment: 'failure', cause, failure });
    this.course.notify();
  }
}
