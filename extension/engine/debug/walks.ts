/**
 * Walks through the tracks of a build: each goes on by itself, stops where it is told to, and waits
 * for what it needs of the others.
 *
 * A position is a statement that would run next. Nothing is ever undone: BuildKit keeps the result
 * of every op, so going back is only standing somewhere else, and what has run is not run again.
 */
import { BuildkitError, Code, isCancelled } from '../../../proto/client/buildkit-error';
import type { BuildJob } from '../job/build-job';
import { Batch } from './batch';
import { type Program, restingOn, type Track, type TrackStatement } from './program';
import { stepFailure } from '../failure/step-failure';
import {
  type Cause,
  type Goal,
  isAfter,
  type Judge,
  standsAt,
  Walk,
  type WalkEvents,
  type WalkState,
  type WalkStop,
} from './walk';
import { moved } from './walk-after-edit';

const goesOn: ReadonlySet<WalkState['kind']> = new Set(['running', 'waiting']);

const pauseCause: Cause = { reason: 'pause' };
const stepCause: Cause = { reason: 'step' };

export class Walks {
  readonly all: Walk[] = [];
  private readonly ids = new Map<string, number>();
  private readonly ran = new Set<TrackStatement>();
  /** Stops for one time, made by stepping. */
  private readonly marks = new Map<TrackStatement, Cause>();
  private readonly running = new Map<Walk, Batch>();
  private wake: () => void = () => undefined;
  private changed = this.nextChange();
  private over = false;

  constructor(
    private job: BuildJob,
    public program: Program,
    private readonly judge: Judge,
    private readonly events: WalkEvents,
  ) {
    for (const track of program.tracks) this.all.push(new Walk(this.idOf(track), track));
  }

  byId(id: number): Walk | undefined {
    return this.all.find((walk) => walk.id === id);
  }

  of(track: Track): Walk | undefined {
    return this.all.find((walk) => walk.track === track);
  }

  hasRun(statement: TrackStatement): boolean {
    return this.ran.has(statement);
  }

  /** The first walk of the text stops where it is, and all others stay held. */
  stopAtEntry(): void {
    const [first] = this.all;
    const statement = first?.next;
    if (first === undefined || statement === undefined) this.checkEnd();
    else this.halt(first, { statement, moment: 'before', cause: { reason: 'entry' } });
  }

  /** Lets every walk that was never let go run. */
  startAll(): void {
    for (const walk of this.all) {
      if (walk.state.kind === 'held') this.launch(walk, 'far', true);
    }
    this.checkEnd();
  }

  /** Goes on to wherever the judge says. */
  continue(walk: Walk): void {
    this.launch(walk, 'far', isAfter(walk));
  }

  /** To the next statement of the track; at its end, to the statement that uses the track. */
  next(walk: Walk): void {
    if (isAfter(walk) && walk.next !== undefined)
      this.halt(walk, this.before(walk.next, stepCause));
    else this.launch(walk, 'one', false);
  }

  /** To the first statement of the track that the present one reads; else like {@link next}. */
  stepIn(walk: Walk, into?: Track): void {
    const statement = standsAt(walk);
    const needs = statement?.needs ?? [];
    const track = into ?? (needs.find((need) => !this.ran.has(need)) ?? needs[0])?.track;
    const target = track === undefined ? undefined : this.of(track);
    if (target === undefined) {
      this.next(walk);
      return;
    }
    if (walk.state.kind !== 'stopped') return;
    switch (target.state.kind) {
      case 'stopped':
        this.halt(target, { ...target.state.stop, cause: stepCause });
        return;
      case 'running':
      case 'waiting':
        target.pauseWanted = true;
        this.notify();
        return;
      case 'held':
      case 'finished': {
        target.position = 0;
        const first = target.next;
        if (first !== undefined) this.halt(target, this.before(first, stepCause));
      }
    }
  }

  /** To the statement that uses the track. */
  stepOut(walk: Walk): void {
    this.launch(walk, 'out', isAfter(walk));
  }

  stepBack(walk: Walk): void {
    if (walk.state.kind !== 'stopped') return;
    const { statement, moment } = walk.state.stop;
    const index = moment === 'before' ? Math.max(0, statement.index - 1) : statement.index;
    const target = walk.track.statements[index];
    if (target !== undefined) this.stand(walk, target, stepCause);
  }

  /** Back to where the judge says, or to the start of the track. */
  async reverse(walk: Walk): Promise<void> {
    const from = walk.state.kind === 'stopped' ? walk.state.stop.statement.index : walk.position;
    for (let index = from - 1; index > 0; index--) {
      const statement = walk.track.statements[index];
      if (statement === undefined || !this.judge.mayStopBefore(statement)) continue;
      const cause = await this.judge.before(statement);
      if (cause !== undefined) {
        this.stand(walk, statement, cause);
        return;
      }
    }
    const [first] = walk.track.statements;
    if (first !== undefined) this.stand(walk, first, { reason: 'entry' });
  }

  /** Stands before a statement, whatever has run. */
  goto(statement: TrackStatement): void {
    const walk = this.of(statement.track);
    if (walk !== undefined) this.stand(walk, statement, { reason: 'goto' });
  }

  /** Runs a statement again, and with it what rests on it; the walk stands before it until then. */
  again(statement: TrackStatement): void {
    for (const one of restingOn(this.program, statement)) this.ran.delete(one);
    const walk = this.of(statement.track);
    if (walk === undefined) return;
    this.stand(walk, statement, { reason: 'restart' });
  }

  /**
   * Stops at the next boundary; a second time stops what runs. A track that is at its end has none:
   * another one that still goes on is stopped in its place, and without one the build is ending.
   */
  pause(asked: Walk): void {
    const isOver = asked.state.kind === 'finished';
    const walk = isOver ? this.all.find(({ state }) => goesOn.has(state.kind)) : asked;
    if (walk === undefined || walk.state.kind === 'stopped') return;
    if (walk.state.kind === 'held') {
      this.halt(walk, walk.next && this.before(walk.next, pauseCause));
      return;
    }
    const batch = this.running.get(walk);
    if (walk.pauseWanted) batch?.stop();
    else batch?.cut();
    walk.pauseWanted = true;
    this.notify();
  }

  /** Nothing stops any more; resolves through {@link WalkEvents.allFinished} or a failure. */
  runFree(): void {
    for (const walk of this.all) {
      walk.pauseWanted = false;
      if (walk.state.kind === 'stopped' || walk.state.kind === 'held') this.continue(walk);
    }
  }

  /** Ends every loop. What BuildKit still runs ends with its job. */
  end(): void {
    this.over = true;
    for (const walk of this.all) walk.turn++;
    for (const batch of this.running.values()) batch.stop();
    this.notify();
  }

  /**
   * Goes on with another program in place of this one: walks keep their statements as far as
   * `place` finds them again, and what has run stays run where its ops are the same.
   */
  replace(
    job: BuildJob,
    program: Program,
    place: (statement: TrackStatement, track: Track) => number,
  ): void {
    const digests = new Set([...this.ran].flatMap(({ step }) => step?.digest ?? []));
    const before = [...this.all];
    this.job = job;
    this.program = program;
    this.all.length = 0;
    this.ran.clear();
    this.marks.clear();
    for (const track of program.tracks) {
      const id = this.idOf(track);
      const old = before.find((walk) => walk.id === id);
      const walk = old ?? new Walk(id, track);
      if (old !== undefined) moved(old, track, place);
      this.all.push(walk);
      for (const statement of track.statements) {
        const { step } = statement;
        const isRun =
          step === undefined ? statement.index < walk.position : digests.has(step.digest);
        if (isRun) this.ran.add(statement);
      }
    }
    for (const walk of before) {
      if (this.all.includes(walk)) continue;
      walk.turn++;
      walk.state = { kind: 'finished' };
      this.events.finished(walk);
    }
    // What ran or waited goes on in the new program.
    for (const walk of this.all) {
      const { kind } = walk.state;
      if (kind === 'running' || kind === 'waiting' || kind === 'finished') {
        const outdated = this.running.get(walk);
        if (walk.next !== undefined) this.launch(walk, 'far', true);
        // A step that both texts have goes on running.
        void outdated?.leave();
      }
    }
    this.notify();
  }

  private idOf({ key }: Track): number {
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.ids.size + 1;
    this.ids.set(key, id);
    return id;
  }

  private before(statement: TrackStatement, cause: Cause): WalkStop {
    return { statement, moment: 'before', cause };
  }

  private stand(walk: Walk, statement: TrackStatement, cause: Cause): void {
    walk.position = statement.index;
    this.running.get(walk)?.stop();
    this.halt(walk, this.before(statement, cause));
  }

  private halt(walk: Walk, stop: WalkStop | undefined): void {
    if (stop === undefined) return;
    walk.turn++;
    walk.pauseWanted = false;
    this.marks.delete(stop.statement);
    walk.state = { kind: 'stopped', stop };
    this.events.stopped(walk, stop);
  }

  private launch(walk: Walk, goal: Goal, fresh: boolean): void {
    walk.goal = goal;
    this.run(walk, ++walk.turn, fresh).catch((error: unknown) => {
      if (!this.over) this.events.broken(error);
    });
  }

  /** @param fresh whether the judge is asked about the statement that the walk stands at */
  private async run(walk: Walk, turn: number, fresh: boolean): Promise<void> {
    walk.state = { kind: 'running' };
    let ask = fresh;
    // A step from behind the last statement has nothing to run.
    if (walk.goal !== 'far' && walk.next === undefined) this.arrive(this.userOf(walk.track));
    while (walk.turn === turn) {
      const statement = walk.next;
      if (statement === undefined) {
        this.finish(walk);
        return;
      }
      if (ask) {
        const cause = await this.causeBefore(walk, statement);
        if (walk.turn !== turn) return;
        if (cause !== undefined) {
          this.halt(walk, this.before(statement, cause));
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
      for (const one of ran) this.ran.add(one);
      walk.position += ran.length;
      const last = ran.at(-1);
      if (walk.pauseWanted && walk.next === undefined && last !== undefined) {
        this.notify();
        this.halt(walk, { statement: last, moment: 'after', cause: pauseCause });
        return;
      }
      // Before those that waited for the track go on by themselves.
      if (walk.goal !== 'far' && walk.next === undefined) this.arrive(this.userOf(walk.track));
      this.notify();
      if (await this.stopsAfter(walk, turn, last)) return;
      if (walk.goal === 'one' && walk.next !== undefined) {
        this.halt(walk, this.before(walk.next, stepCause));
        return;
      }
    }
  }

  private async causeBefore(walk: Walk, statement: TrackStatement): Promise<Cause | undefined> {
    const mark = this.marks.get(statement);
    if (this.judge.mayStopBefore(statement)) {
      const cause = await this.judge.before(statement);
      if (cause !== undefined) return cause;
    }
    return mark ?? (walk.pauseWanted ? pauseCause : undefined);
  }

  /** True when the walk stops inside of a statement, or was taken over meanwhile. */
  private async stopsInside(walk: Walk, statement: TrackStatement, turn: number): Promise<boolean> {
    const within = walk.within?.statement === statement ? walk.within : undefined;
    const isStep = walk.goal === 'one' && within !== undefined;
    walk.within = undefined;
    if (!isStep && !this.judge.mayStopInside(statement)) return false;
    const stop = await this.judge.inside(statement, within?.count ?? 0, isStep);
    if (walk.turn !== turn) return true;
    if (stop === undefined) return false;
    const { cause, failure, count } = stop;
    walk.within = { statement, count };
    this.halt(walk, { statement, moment: 'failure', cause, failure, inside: true });
    return true;
  }

  private async stopsAfter(
    walk: Walk,
    turn: number,
    statement: TrackStatement | undefined,
  ): Promise<boolean> {
    if (statement === undefined || !this.judge.mayStopAfter(statement)) return false;
    const cause = await this.judge.after(statement);
    if (walk.turn !== turn) return true;
    if (cause === undefined) return false;
    this.halt(walk, { statement, moment: 'after', cause });
    return true;
  }

  /** Waits for the statements of other tracks; false when the walk was taken over meanwhile. */
  private async ready(walk: Walk, statement: TrackStatement, turn: number): Promise<boolean> {
    for (const need of statement.needs) {
      while (!this.ran.has(need)) {
        const other = this.of(need.track);
        if (other?.state.kind === 'held') this.launch(other, 'far', true);
        walk.state = { kind: 'waiting', for: need };
        await this.changed;
        if (walk.turn !== turn) return false;
        if (walk.pauseWanted) {
          this.halt(walk, this.before(statement, pauseCause));
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
        if (this.judge.mayStopAfter(last) || this.judge.mayStopBefore(statement)) break;
        if (this.marks.has(statement)) break;
        if (!statement.needs.every((need) => this.ran.has(need))) break;
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
    const batch = new Batch(this.job, statements);
    this.running.set(walk, batch);
    try {
      return { ran: await batch.run() };
    } catch (error) {
      if (!(error instanceof BuildkitError)) throw error;
      return { failure: error, ran: [] };
    } finally {
      if (this.running.get(walk) === batch) this.running.delete(walk);
    }
  }

  private async failed(
    walk: Walk,
    batch: readonly TrackStatement[],
    error: BuildkitError,
  ): Promise<void> {
    const [first] = batch;
    if (first === undefined || this.over) return;
    if (isCancelled(error) && walk.pauseWanted) {
      // What makes no op lies behind the last step that is done: it is still to come.
      const done = batch.findLastIndex(({ step }) => step !== undefined && this.job.isDone(step));
      const left = batch[done + 1] ?? batch.at(-1) ?? first;
      for (const one of batch.slice(0, batch.indexOf(left))) this.ran.add(one);
      walk.position = left.index;
      this.halt(walk, this.before(left, pauseCause));
      this.notify();
      return;
    }
    const failure = stepFailure(error);
    const turn = walk.turn;
    if (error.code === Code.unavailable) {
      walk.turn++;
      this.events.broken(error);
      return;
    }
    const step = await this.job.failedStep(failure);
    if (walk.turn !== turn) return;
    if (step === undefined && failure.digest === undefined && failure.places.length === 0) {
      walk.turn++;
      this.events.broken(error);
      return;
    }
    const own = batch.find(
      (one) => step !== undefined && one.step?.ops.some((op) => op.digest === step.digest),
    );
    const statement = own ?? batch.findLast((one) => one.step !== undefined) ?? first;
    const cause = await this.judge.failed(statement, failure);
    if (walk.turn !== turn) return;
    if (cause === undefined) {
      walk.turn++;
      this.events.gaveUp(failure, own ?? (step === undefined ? undefined : statement));
      return;
    }
    for (const one of batch.slice(0, batch.indexOf(statement))) this.ran.add(one);
    walk.position = statement.index;
    this.halt(walk, { statement, moment: 'failure', cause, failure });
    this.notify();
  }

  private finish(walk: Walk): void {
    walk.turn++;
    walk.state = { kind: 'finished' };
    this.events.finished(walk);
    this.checkEnd();
  }

  /** The first statement, in text order, that uses a track and has not run yet. */
  private userOf(track: Track): TrackStatement | undefined {
    return this.program.tracks
      .flatMap(({ statements }) => statements)
      .find((one) => !this.ran.has(one) && one.needs.some((need) => need.track === track));
  }

  /** Stepping comes out of a track: its user stops, now or when it gets there. */
  private arrive(statement: TrackStatement | undefined): void {
    const walk = statement === undefined ? undefined : this.of(statement.track);
    if (walk === undefined || statement === undefined) return;
    if (walk.next === statement && walk.state.kind !== 'running') {
      this.halt(walk, this.before(statement, stepCause));
      return;
    }
    this.marks.set(statement, stepCause);
    if (walk.state.kind === 'held') this.launch(walk, 'far', true);
  }

  private checkEnd(): void {
    if (this.over || !this.all.every(({ state }) => state.kind === 'finished')) return;
    this.over = true;
    this.events.allFinished();
  }

  private notify(): void {
    const { wake } = this;
    this.changed = this.nextChange();
    wake();
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}
