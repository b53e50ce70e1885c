/** The arguments of the requests we serve, as far as we use them. */
import { isRecord, list, object, text, truth, whole } from '../engine/decode';

export const decodeInitialize = object(
  {},
  {
    linesStartAt1: truth,
    columnsStartAt1: truth,
    supportsRunInTerminalRequest: truth,
    clientName: text,
  },
);

const source = object({}, { path: text, name: text });

export const decodeSetBreakpoints = object(
  { source },
  { breakpoints: list(object({ line: whole }, {})) },
);

export const decodeBreakpointLocations = object({ source, line: whole }, { endLine: whole });

export const decodeStackTrace = object({}, { startFrame: whole, levels: whole });

export const decodeScopes = object({ frameId: whole }, {});

export const decodeVariables = object({ variablesReference: whole }, {});

export const decodeEvaluate = object({ expression: text }, { frameId: whole, context: text });

export const decodeLog = object({ digest: text, from: whole }, {});

export const decodeSource = object({ path: text, text, version: whole }, {});

/** `digest` names a vertex of the graph; none means the step stopped at. */
export const decodeShell = object({}, { digest: text });

/** For requests that may come without arguments. */
export function orNothing(args: unknown): unknown {
  return isRecord(args) ? args : {};
}
