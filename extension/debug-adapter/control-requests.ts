/** Requests that make threads go on, go back and stand elsewhere. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { TrackStatement } from '../engine/debug/program';
import type { Walk } from '../engine/debug/walk';
import type { Walks } from '../engine/debug/walks';
import { type Answer, RequestError } from './connection';
import { decodeFrame, decodeGoto, decodeGotoTargets, decodeThread, orNothing } from './requests';
import type { Serve, Table } from './serve-request';
import type { DebugSession } from './session';

export const controlRequests: Table = {
  threads: (session) => ({ body: { threads: threadsOf(session) } }),
  continue: (session, args) => {
    const { threadId, singleThread = false } = decodeThread(orNothing(args), '');
    const { walk } = session.places.stopped(threadId);
    // What the entry held back goes on together, since it was one stop.
    const held = session.live().walks.all.some(({ state }) => state.kind === 'held');
    const others = session
      .live()
      .walks.all.some((one) => one !== walk && one.state.kind === 'stopped');
    return {
      body: { allThreadsContinued: !others && !(held && singleThread) },
      after: () => {
        session.resume(walk, (walks) => {
          walks.continue(walk);
          if (held && !singleThread) walks.startAll();
        });
      },
    };
  },
  next: resuming((walks, walk) => walks.next(walk)),
  stepIn: (session, args) => {
    const { threadId, targetId } = decodeThread(orNothing(args), '');
    const { walk, stop } = session.places.stopped(threadId);
    const into = targetId === undefined ? undefined : stop.statement.needs[targetId - 1]?.track;
    return { after: () => session.resume(walk, (walks) => walks.stepIn(walk, into)) };
  },
  stepOut: resuming((walks, walk) => walks.stepOut(walk)),
  stepInTargets: (session, args) => {
    const { frameId } = decodeFrame(args, '');
    const { needs } = session.places.frame(frameId).site.statement;
    const targets: DebugProtocol.StepInTarget[] = needs.map(({ track }, index) => ({
      id: index + 1,
      label: track.name,
    }));
    return { body: { targets } };
  },
  stepBack: moving((walks, walk) => walks.stepBack(walk)),
  reverseContinue: moving((walks, walk) => walks.reverse(walk)),
  gotoTargets: (session, args) => {
    const { source, line } = decodeGotoTargets(args, '');
    const statements = session.breakpoints.statementsAt(source.path ?? '', line);
    const targets: DebugProtocol.GotoTarget[] = statements.map((statement) => ({
      id: targetId(session, statement),
      label:
        statements.length === 1 ? statement.text : `${statement.track.name}: ${statement.text}`,
      line: statement.firstLine,
      endLine: statement.lastLine,
    }));
    return { body: { targets } };
  },
  goto: (session, args) => {
    const { targetId: id } = decodeGoto(args, '');
    const statement = statementsOf(session)[id - 1];
    if (statement === undefined) throw new RequestError('There is no such place.');
    const walk = session.live().walks.of(statement.track);
    if (walk === undefined) throw new RequestError('There is no such thread.');
    return { after: () => session.move(walk, (walks) => walks.goto(statement)) };
  },
  restartFrame: (session, args) => {
    const { statement } = session.places.frame(decodeFrame(args, '').frameId).site;
    return { after: () => void session.editing.runAgain(statement) };
  },
  pause: (session, args) => {
    const { threadId } = decodeThread(orNothing(args), '');
    const walk = session.places.walk(threadId);
    const { attributes, walks } = session.live();
    if (attributes.noDebug === true) {
      throw new RequestError(
        'A build that only runs has no stops; start it with Debug to pause it.',
      );
    }
    return { after: () => walks.pause(walk) };
  },
};

/** Says now that the thread cannot go on, and lets it go on once the response is out. */
function resuming(go: (walks: Walks, walk: Walk) => void): Serve {
  return (session, args): Answer => {
    const { walk } = session.places.stopped(decodeThread(orNothing(args), '').threadId);
    return { after: () => session.resume(walk, (walks) => go(walks, walk)) };
  };
}

/** As {@link resuming}, for ways that are open in a failure too. */
function moving(go: (walks: Walks, walk: Walk) => void | Promise<void>): Serve {
  return (session, args): Answer => {
    const { walk } = session.places.stopped(decodeThread(orNothing(args), '').threadId);
    return { after: () => session.move(walk, (walks) => go(walks, walk)) };
  };
}

function threadsOf(session: DebugSession): DebugProtocol.Thread[] {
  return session.walks
    .filter(({ state }) => state.kind !== 'finished')
    .map(({ id, track, state }) => ({
      id,
      name:
        state.kind === 'waiting' ? `${track.name} (waits for ${state.for.track.name})` : track.name,
    }));
}

function statementsOf(session: DebugSession): readonly TrackStatement[] {
  return session.live().walks.program.tracks.flatMap(({ statements }) => statements);
}

/** Targets are positions in the program, counted from 1. */
function targetId(session: DebugSession, statement: TrackStatement): number {
  return statementsOf(session).indexOf(statement) + 1;
}
