/**
 * Walks through the tracks of a build: each goes on by itself, stops where it is told to, and waits
 * for what it needs of the others.
 *
 * A position is a statement that would run next. Nothing is ever undone: BuildKit keeps the result
 * of every op, so going back is only standing somewhere else, and what has run is not run again.
 */
import type { BuildJob } from '../job/build-job';
import type { Batch } from './batch';
import { type Program, restingOn, type Track, type TrackStatement } from './program';
import {
  before,
  type Cause,
  type Goal,
  isAfter,
  type Judge,
  pauseCause,
  standsAt,
  stepCause,
  Walk,
  type WalkEvents,
  type WalkState,
  type WalkStop,
} from './walk';
import { moved } from './walk-after-edit';
import { type Course, WalkLoop } from './walk-loop';

const goesOn: ReadonlySet<WalkState['kind']> = new Set(['running', 'waiting']);

export class Walks implements Course {
  readonly all: Walk[] = [];
  readonly ran = new Set<TrackStatement>();
  readonly marks = new Map<TrackStatement, Cause>();
  readonly running = new Map<Walk, Batch>();
  changed: Promise<void>;
  isOver = false;
  private readonly ids = new Map<string, number>();
  private readonly loop = new WalkLoop(this);
  private wake: () => void = () => undefined;

  constructor(
    public job: BuildJob,
    public program: Program,
    readonly judge: Judge,
    readonly events: WalkEvents,
  ) {
    this.changed = this.nextChange();
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
    if (isAfter(walk) && walk.next !== undefined) this.halt(walk, before(walk.next, stepCause));
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
        if (first !== undefined) this.halt(target, before(first, stepCause));
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
      if (walk.next !== undefined) this.halt(walk, before(walk.next, pauseCause));
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
    this.isOver = true;
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
    const outgoing = [...this.all];
    this.job = job;
    this.program = program;
    this.all.length = 0;
    this.ran.clear();
    this.marks.clear();
    for (const track of program.tracks) {
      const id = this.idOf(track);
      const old = outgoing.find((walk) => walk.id === id);
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
    for (const walk of outgoing) {
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

  private stand(walk: Walk, statement: TrackStatement, cause: Cause): void {
    walk.position = statement.index;
    this.running.get(walk)?.stop();
    this.halt(walk, before(statement, cause));
  }

  halt(walk: Walk, stop: WalkStop): void {
    walk.turn++;
    walk.pauseWanted = false;
    this.marks.delete(stop.statement);
    walk.state = { kind: 'stopped', stop };
    this.events.stopped(walk, stop);
  }

  private launch(walk: Walk, goal: Goal, fresh: boolean): void {
    walk.goal = goal;
    this.loop.run(walk, ++walk.turn, fresh).catch((error: unknown) => {
      if (!this.isOver) this.events.broken(error);
    });
  }

  finish(walk: Walk): void {
    walk.turn++;
    walk.state = { kind: 'finished' };
    this.events.finished(walk);
    this.checkEnd();
  }

  leave(track: Track): void {
    this.arrive(this.userOf(track));
  }

  letGo(track: Track): void {
    const walk = this.of(track);
    if (walk?.state.kind === 'held') this.launch(walk, 'far', true);
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
      this.halt(walk, before(statement, stepCause));
      return;
    }
    this.marks.set(statement, stepCause);
    if (walk.state.kind === 'held') this.launch(walk, 'far', true);
  }

  private checkEnd(): void {
    if (this.isOver || !this.all.every(({ state }) => state.kind === 'finished')) return;
    this.isOver = true;
    this.events.allFinished();
  }

  notify(): void {
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
