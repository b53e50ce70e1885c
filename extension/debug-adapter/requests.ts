/** The arguments of the requests we serve, as far as we use them. */
import { anything, isRecord, list, object, text, truth, whole } from '../engine/profile/decode';

export const decodeInitialize = object(
  {},
  {
    linesStartAt1: truth,
    columnsStartAt1: truth,
    supportsRunInTerminalRequest: truth,
    supportsInvalidatedEvent: truth,
    clientName: text,
  },
);

const source = object({}, { path: text, name: text, sourceReference: whole });

const terms = { condition: text, hitCondition: text, logMessage: text };

export const decodeSetBreakpoints = object(
  { source },
  { breakpoints: list(object({ line: whole }, terms)) },
);

export const decodeFunctionBreakpoints = object(
  { breakpoints: list(object({ name: text }, terms)) },
  {},
);

export const decodeInstructionBreakpoints = object(
  { breakpoints: list(object({ instructionReference: text }, { ...terms, offset: whole })) },
  {},
);

export const decodeDataBreakpoints = object(
  { breakpoints: list(object({ dataId: text }, terms)) },
  {},
);

export const decodeDataBreakpointInfo = object(
  { name: text },
  { variablesReference: whole, frameId: whole },
);

export const decodeExceptionBreakpoints = object(
  {},
  {
    filters: list(text),
    filterOptions: list(object({ filterId: text }, { condition: text })),
  },
);

export const decodeBreakpointLocations = object({ source, line: whole }, { endLine: whole });

export const decodeThread = object({}, { threadId: whole, singleThread: truth, targetId: whole });

export const decodeGotoTargets = object({ source, line: whole }, {});

export const decodeGoto = object({ targetId: whole }, { threadId: whole });

export const decodeFrame = object({ frameId: whole }, {});

export const decodeStackTrace = object({}, { threadId: whole, startFrame: whole, levels: whole });

export const decodeVariables = object(
  { variablesReference: whole },
  { start: whole, count: whole },
);

export const decodeSetVariable = object({ variablesReference: whole, name: text, value: text }, {});

export const decodeEvaluate = object({ expression: text }, { frameId: whole, context: text });

export const decodeCompletions = object({ text, column: whole }, { frameId: whole, line: whole });

export const decodeSourceRequest = object(
  { sourceReference: whole },
  { source: object({}, { path: text, sourceReference: whole }) },
);

export const decodeLocation = object({ locationReference: whole }, {});

export const decodeDisassemble = object(
  { memoryReference: text, instructionCount: whole },
  { offset: whole, instructionOffset: whole },
);

export const decodeDisconnect = object({}, { terminateDebuggee: truth, restart: truth });

export const decodeRestart = object({}, { arguments: anything });

export const decodeHold = object({ hold: truth }, {});
export const decodeLog = object({ digest: text, from: whole }, {});

export const decodeSource = object({ path: text, text, version: whole }, {});

/** `digest` names a vertex of the graph; none means where a thread stands. */
export const decodeShell = object({}, { digest: text, threadId: whole });

/** For requests that may come without arguments. */
export function orNothing(args: unknown): unknown {
  return isRecord(args) ? args : {};
}
