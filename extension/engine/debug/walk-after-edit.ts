/** Where a walk goes on when another program takes the place of its own. */
import type { Track, TrackStatement } from './program';
import { standsAt, type Walk } from './walk';

/** Carries a walk over to the new track of the same section. */
export function moved(
  walk: Walk,
  track: Track,
  place: (statement: TrackStatement, track: Track) => number,
): void {
  const { state } = walk;
  const at = standsAt(walk);
  const wasAtEnd = walk.next === undefined;
  const before = walk.track;
  walk.track = track;
  if (state.kind === 'stopped' && at !== undefined) {
    const index = Math.min(place(at, track), track.statements.length - 1);
    const statement = track.statements[index];
    if (statement === undefined) return;
    const isSame = statement.step?.digest === at.step?.digest && statement.text === at.text;
    // A failure belongs to the ops that failed; a changed statement has not run yet.
    const moment = isSame ? state.stop.moment : 'before';
    walk.position = moment === 'after' ? index + 1 : index;
    const { cause, failure } = state.stop;
    walk.state = {
      kind: 'stopped',
      stop:
        moment === 'failure' && failure !== undefined
          ? { statement, moment, cause, failure }
          : { statement, moment: moment === 'failure' ? 'before' : moment, cause },
    };
    return;
  }
  // A track that had ended is over again only if it is the same; else its new part runs.
  const next = wasAtEnd ? undefined : at;
  walk.position = next === undefined ? firstNew(before, track) : place(next, track);
}

function firstNew(before: Track, after: Track): number {
  const index = after.statements.findIndex(
    ({ step, text }, at) =>
      before.statements[at]?.step?.digest !== step?.digest || before.statements[at]?.text !== text,
  );
  return index < 0 ? after.statements.length : index;
}
