/** The requests we serve, as tables: decode, ask the session, answer. */
import {
  HoldRequest,
  LogRequest,
  OwnTerminalsRequest,
  ShellRequest,
  SourceRequest,
} from '../../proto/messages/debug-adapter';
import { breakpointRequests } from './breakpoint-requests';
import { capabilities } from './capabilities';
import type { Handler } from './connection';
import { consoleRequests } from './console-requests';
import { controlRequests } from './control-requests';
import {
  decodeDisconnect,
  decodeInitialize,
  decodeHold,
  decodeLog,
  decodeRestart,
  decodeShell,
  decodeSource,
  orNothing,
} from './requests';
import { nothing, type Table } from './serve-request';
import type { DebugSession } from './session';
import { stateRequests } from './state-requests';

const sessionRequests: Table = {
  initialize: (session, args) => {
    const client = decodeInitialize(orNothing(args), '');
    session.hasTerminals = client.supportsRunInTerminalRequest === true;
    session.hasInvalidated = client.supportsInvalidatedEvent === true;
    return { body: capabilities, after: () => session.prepare() };
  },
  launch: async (session, args) => {
    await session.launch(args);
    return { after: () => session.begin() };
  },
  /** Does a build of the past again, up to where it failed. */
  attach: async (session, args) => {
    await session.launch(args);
    return { after: () => session.begin() };
  },
  configurationDone: (session) => {
    session.configurationDone();
    return nothing;
  },
  restart: async (session, args) => {
    await session.restart(decodeRestart(orNothing(args), '').arguments);
    return { after: () => session.begin() };
  },
  terminate: async (session) => {
    await session.end();
    return nothing;
  },
  disconnect: async (session, args) => {
    const { terminateDebuggee } = decodeDisconnect(orNothing(args), '');
    if (terminateDebuggee === false) session.letGo();
    else await session.end();
    return { after: () => session.leave() };
  },
  [LogRequest]: (session, args) => {
    const { digest, from } = decodeLog(args, '');
    return { body: session.log(digest, from) };
  },
  [HoldRequest]: (session, args) => {
    session.farewell.hold(decodeHold(args, '').hold);
    return nothing;
  },
  [SourceRequest]: async (session, args) => {
    const { path, text, version } = decodeSource(args, '');
    await session.edited(path, text, version);
    return nothing;
  },
  [OwnTerminalsRequest]: (session) => {
    session.ownsTerminals = true;
    return nothing;
  },
  [ShellRequest]: async (session, args) => {
    const { digest, threadId } = decodeShell(orNothing(args), '');
    await session.shells.open(session.live(), session.places.site(digest, threadId));
    return nothing;
  },
};

const table: Table = {
  ...sessionRequests,
  ...breakpointRequests,
  ...controlRequests,
  ...stateRequests,
  ...consoleRequests,
};

/** The handlers of one session. */
export function handlersOf(session: DebugSession): ReadonlyMap<string, Handler> {
  return new Map(
    Object.entries(table).map(([command, serve]): [string, Handler] => [
      command,
      async (args) => serve(session, args),
    ]),
  );
}
