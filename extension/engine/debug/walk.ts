/** One walk through a track of a build: where it is, why it stopped, and whom it asks and tells. */
import type { StepFailure } from '../failure/step-failure';
import type { Track, TrackStatement } from './program';

/** What a stop looks at: a statement before it runs, after it, or in its failure. */
export type Moment = 'before' | 'after' | 'failure';

/** Why a walk stops; `reason` is a word that the judge and its caller agree on. */
export type Cause = {
  readonly reason: string;
  readonly description?: string;
  readonly text?: string;
  readonly hits?: readonly number[];
};

export const pauseCause: Cause = { reason: 'pause' };
export const stepCause: Cause = { reason: 'step' };

/** A stop inside a statement, which has run up to there and no further. */
export type InsideStop = {
  readonly cause: Cause;
  /** What it had written. */
  readonly failure: StepFailure;
  /** How many places to stop at there were, this one included. */
  readonly count: number;
};

export type WalkStop = {
  readonly statement: TrackStatement;
  readonly moment: Moment;
  readonly cause: Cause;
  /** What its step had written, in a failure or inside of it. */
  readonly failure?: StepFailure;
  /** Inside of a statement that did not fail: it goes on from here as if it had never stopped. */
  readonly inside?: true;
};

export function before(statement: TrackStatement, cause: Cause): WalkStop {
  return { statement, moment: 'before', cause };
}

/** Decides where walks stop. */
export type Judge = {
  /** Whether {@link before} may ever say so; statements that are passed over run in one go. */
  mayStopBefore(statement: TrackStatement): boolean;
  before(statement: TrackStatement): Promise<Cause | undefined>;
  /** Whether {@link inside} may ever say so where not every place counts. */
  mayStopInside(statement: TrackStatement): boolean;
  /**
   * Runs a statement up to a place inside of it, if it has such a place.
   * @param after how many places to pass first
   * @param any whether every place counts, as in stepping
   */
  inside(statement: TrackStatement, after: number, any: boolean): Promise<InsideStop | undefined>;
  mayStopAfter(statement: TrackStatement): boolean;
  after(statement: TrackStatement): Promise<Cause | undefined>;
  /** Undefined: the failure ends the build. */
  failed(statement: TrackStatement, failure: StepFailure): Promise<Cause | undefined>;
};

export type WalkEvents = {
  stopped(walk: Walk, stop: WalkStop): void;
  /** A walk waits for another one. */
  waiting(walk: Walk): void;
  /** A walk came to the end of its track. */
  finished(walk: Walk): void;
  /** All came to their end. */
  allFinished(): void;
  /** A failure that nobody wants to look at. */
  gaveUp(failure: StepFailure, statement: TrackStatement | undefined): void;
  /** Something that is no failure of a step, such as a lost connection. */
  broken(error: unknown): void;
};

export type WalkState =
  /** Never let go yet. */
  | { readonly kind: 'held' }
  | { readonly kind: 'running' }
  | { readonly kind: 'waiting'; readonly for: TrackStatement }
  | { readonly kind: 'stopped'; readonly stop: WalkStop }
  | { readonly kind: 'finished' };

/** How far to go: to where the judge says, or one statement; `out` ends at whoever uses the track. */
export type Goal = 'far' | 'one' | 'out';

export class Walk {
  state: WalkState = { kind: 'held' };
  /** Index of the statement that runs next. */
  position = 0;
  /** Stops before the next statement. */
  pauseWanted = false;
  /** Changes whenever somebody else takes the walk over, which ends the loop that had it. */
  turn = 0;
  goal: Goal = 'far';
  /** How far inside a statement it stands. */
  within: { readonly statement: TrackStatement; readonly count: number } | undefined;

  constructor(
    readonly id: number,
    public track: Track,
  ) {}

  get next(): TrackStatement | undefined {
    return this.track.statements[this.position];
  }
}

/** The failure that a walk stands in; going on from it ends the build. */
export function failureAt({ state }: Walk): StepFailure | undefined {
  return state.kind === 'stopped' && state.stop.inside !== true ? state.stop.failure : undefined;
}

/** After a statement: nothing was asked yet about the one at the position. */
export function isAfter({ state }: Walk): boolean {
  return state.kind === 'stopped' && state.stop.moment === 'after';
}

export function standsAt(walk: Walk): TrackStatement | undefined {
  return walk.state.kind === 'stopped' ? walk.state.stop.statement : walk.next;
}
