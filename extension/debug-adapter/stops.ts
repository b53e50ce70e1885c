/** Where threads stand, as sites of the build and in the words of the protocol. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { PositionEventBody } from '../../proto/messages/debug-adapter';
import type { TrackStatement } from '../engine/debug/program';
import type { Site } from '../engine/debug/site';
import type { Step } from '../engine/debug/steps';
import { standsAt, type Walk, type WalkStop } from '../engine/debug/walk';
import type { Walks } from '../engine/debug/walks';
import type { LiveBuild } from './live-build';

export function siteOf({ statement, moment, failure }: WalkStop): Site {
  return { statement, moment, failure };
}

/** The site that a vertex stands for; undefined where it is no step of the build. */
export function siteOfVertex({ walks, job }: LiveBuild, digest: string): Site | undefined {
  const statement = walks.program.tracks
    .flatMap(({ statements }) => statements)
    .find((one) => one.step?.ops.some((op) => op.digest === digest));
  if (statement === undefined) return undefined;
  const walk = walks.of(statement.track);
  const stop = walk?.state.kind === 'stopped' ? walk.state.stop : undefined;
  if (stop?.statement === statement) return siteOf(stop);
  const isDone = statement.step !== undefined && job.isDone(statement.step);
  return { statement, moment: isDone ? 'after' : 'before' };
}

export function stoppedBody(
  walks: Walks,
  walk: Walk,
  { statement, moment, cause }: WalkStop,
): DebugProtocol.StoppedEvent['body'] {
  const others = walks.all.filter((one) => one !== walk);
  const description =
    cause.description ?? (moment === 'after' ? `After ${statement.text}` : undefined);
  return {
    reason: cause.reason,
    threadId: walk.id,
    allThreadsStopped: others.every(({ state }) =>
      ['held', 'stopped', 'finished'].includes(state.kind),
    ),
    ...(cause.hits === undefined ? {} : { hitBreakpointIds: [...cause.hits] }),
    ...(description === undefined ? {} : { description }),
    ...(cause.text === undefined ? {} : { text: cause.text }),
  };
}

/** Where all threads are, for the graph. */
export function positionsOf({ job, walks }: LiveBuild): PositionEventBody {
  return {
    buildId: job.id,
    threads: walks.all.map((walk) => {
      const statement = standsAt(walk);
      const digest = shownAt(statement)?.digest;
      return {
        id: walk.id,
        name: walk.track.name,
        state: walk.state.kind,
        ...(digest === undefined ? {} : { digest }),
        ...(statement === undefined ? {} : { line: statement.firstLine }),
      };
    }),
  };
}

/** The step that a statement is shown at: its own, else the next one of its track, else the last. */
function shownAt(statement: TrackStatement | undefined): Step | undefined {
  if (statement?.step !== undefined || statement === undefined) return statement?.step;
  const steps = statement.track.statements.flatMap(({ step, index }) =>
    step === undefined ? [] : [{ step, index }],
  );
  return (steps.find(({ index }) => index > statement.index) ?? steps.at(-1))?.step;
}
