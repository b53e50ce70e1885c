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

export type WalkStop = {
  readonly statement: TrackStatement;
  readonly moment: Moment;
  readonly cause: Cause;
  readonly failure?: StepFailure;
};

/** Decides where walks stop. */
export type Judge = {
  /** Whether {@link before} may ever say so; statements that are passed over run in one go. */
  mayStopBefore(statement: TrackStatement): boolean;
  before(statement: TrackStatement): Promise<Cause | undefined>;
  mayStopAfter(statement: TrackStatement): boolean;
  after(statement: TrackStatement): Promise<Cause | undefined>;
  /** Undefined: the failure ends the build. */
  failed(statement: TrackStatement, failure: StepFailure): Promise<Cause | undefined>;
};

export type WalkEvents = {
  stopped(walk: Walk, stop: WalkStop): void;
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

  constructor(
    readonly id: number,
    public track: Track,
  ) {}

  get next(): TrackStatement | undefined {
    return this.track.statements[this.position];
  }
}

/** After a statement: nothing was asked yet about the one at the position. */
export function isAfter({ state }: Walk): boolean {
  return state.kind === 'stopped' && state.stop.moment === 'after';
}

export function standsAt(walk: Walk): TrackStatement | undefined {
  return walk.state.kind === 'stopped' ? walk.state.stop.statement : walk.next;
}
