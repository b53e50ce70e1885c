/** The requests we serve, as a table: decode, ask the session, answer. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { LogRequest, ShellRequest, SourceRequest } from '../../proto/messages/debug-adapter';
import { capabilities } from './capabilities';
import { type Answer, type Handler, RequestError } from './connection';
import { consoleHelp, parseConsole } from './console';
import {
  decodeBreakpointLocations,
  decodeEvaluate,
  decodeInitialize,
  decodeLog,
  decodeScopes,
  decodeSetBreakpoints,
  decodeShell,
  decodeSource,
  decodeStackTrace,
  decodeVariables,
  orNothing,
} from './requests';
import { type FrameFacts, frameOfReference, lookUp, scopesOfFrame, variablesOf } from './scopes';
import { type DebugSession, threadId } from './session';
import { chainOf, frameOf } from './stack';

const nothing: Answer = {};

type Serve = (session: DebugSession, args: unknown) => Answer | Promise<Answer>;

const table: Readonly<Record<string, Serve>> = {
  initialize: (session, args) => {
    const { supportsRunInTerminalRequest } = decodeInitialize(orNothing(args), '');
    session.hasTerminals = supportsRunInTerminalRequest === true;
    return { body: capabilities };
  },
  launch: async (session, args) => {
    await session.launch(args);
    return { after: () => session.begin() };
  },
  setBreakpoints: (session, args) => {
    const { source, breakpoints = [] } = decodeSetBreakpoints(args, '');
    const lines = breakpoints.map(({ line }) => line);
    return { body: { breakpoints: session.breakpoints.set(source.path ?? '', lines) } };
  },
  breakpointLocations: (session, args) => {
    const { source, line, endLine = line } = decodeBreakpointLocations(args, '');
    const lines = session.breakpoints.locations(source.path ?? '', line, endLine);
    return { body: { breakpoints: lines.map((one) => ({ line: one })) } };
  },
  configurationDone: (session) => {
    session.configurationDone();
    return nothing;
  },
  threads: () => ({ body: { threads: [{ id: threadId, name: 'Build' }] } }),
  stackTrace: (session, args) => {
    const { startFrame = 0, levels = 0 } = decodeStackTrace(orNothing(args), '');
    const { build, stop } = session.stopped();
    const { job } = build;
    const frames = chainOf(stop.step, job.steps, job.definitions).map((step) =>
      frameOf(step, job.steps, session.placed(build, step).path),
    );
    const end = levels === 0 ? undefined : startFrame + levels;
    return { body: { stackFrames: frames.slice(startFrame, end), totalFrames: frames.length } };
  },
  scopes: (session, args) => {
    const { frameId } = decodeScopes(args, '');
    session.stopped();
    return { body: { scopes: scopesOfFrame(frameId) } };
  },
  variables: async (session, args) => {
    const { variablesReference } = decodeVariables(args, '');
    const facts = frameFacts(session, frameOfReference(variablesReference));
    return { body: { variables: await variablesOf(variablesReference, facts) } };
  },
  exceptionInfo: (session) => {
    const { failure } = session.stopped().stop;
    if (failure === undefined) throw new RequestError('The build has not failed here.');
    const { message, exitCode } = failure;
    return {
      body: {
        exceptionId: exitCode === undefined ? 'failed' : `exit code ${exitCode}`,
        description: message,
        breakMode: 'always',
        details: { message },
      } satisfies DebugProtocol.ExceptionInfoResponse['body'],
    };
  },
  continue: (session) => ({
    body: { allThreadsContinued: true },
    after: resuming(session, () => session.continue()),
  }),
  next: (session) => ({ after: resuming(session, () => session.next()) }),
  // A step has nothing inside it and nothing around it, so both are a step over.
  stepIn: (session) => ({ after: resuming(session, () => session.next()) }),
  stepOut: (session) => ({ after: resuming(session, () => session.next()) }),
  pause: (session) => {
    session.pause();
    return nothing;
  },
  evaluate: async (session, args) => {
    const { expression, frameId, context = 'repl' } = decodeEvaluate(args, '');
    const result =
      context === 'repl'
        ? await runConsole(session, expression, frameId)
        : await valueOf(session, expression, frameId);
    return { body: { result, variablesReference: 0 } };
  },
  terminate: async (session) => {
    await session.end();
    return nothing;
  },
  disconnect: async (session) => {
    await session.end();
    return { after: () => session.leave() };
  },
  [LogRequest]: (session, args) => {
    const { digest, from } = decodeLog(args, '');
    return { body: session.log(digest, from) };
  },
  [SourceRequest]: (session, args) => {
    const { path, text, version } = decodeSource(args, '');
    session.unsaved.set(path, text, version);
    session.farewell.noticed();
    return nothing;
  },
  [ShellRequest]: async (session, args) => {
    const { digest } = decodeShell(orNothing(args), '');
    await session.shells.open(session.shellAt(digest));
    return nothing;
  },
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

/** Says now that the session cannot go on, and lets it go on once the response is out. */
function resuming(session: DebugSession, go: () => void): () => void {
  session.stopped();
  return go;
}

function frameFacts(session: DebugSession, frameId: number): FrameFacts {
  const { build, stop } = session.stopped();
  const step = build.job.steps[frameId - 1];
  if (step === undefined) throw new RequestError('There is no such frame.');
  return {
    step,
    input: build.input,
    graph: build.job.graph,
    failure: step === stop.step ? stop.failure : undefined,
  };
}

async function valueOf(
  session: DebugSession,
  expression: string,
  frameId: number | undefined,
): Promise<string> {
  const { build, stop } = session.stopped();
  const facts = frameFacts(session, frameId ?? build.job.steps.indexOf(stop.step) + 1);
  const value = await lookUp(expression, facts);
  if (value === undefined) throw new RequestError(`${expression} is not set here.`);
  return value;
}

async function runConsole(
  session: DebugSession,
  text: string,
  frameId: number | undefined,
): Promise<string> {
  const command = parseConsole(text);
  switch (command.kind) {
    case 'help':
      return consoleHelp;
    case 'shell':
      await session.shells.open(session.shellAt(undefined));
      return '';
    case 'exec':
      await session.shells.run(session.shellAt(undefined), command.command);
      return '';
    case 'expression':
      return valueOf(session, command.text, frameId);
  }
}
