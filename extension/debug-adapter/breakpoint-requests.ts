/** Requests that set breakpoints of all kinds. */
import { posix } from 'node:path';
import { exceptionFilters, type FilterId } from './breakpoints';
import { RequestError } from './connection';
import {
  decodeBreakpointLocations,
  decodeDataBreakpointInfo,
  decodeDataBreakpoints,
  decodeExceptionBreakpoints,
  decodeFunctionBreakpoints,
  decodeInstructionBreakpoints,
  decodeSetBreakpoints,
  orNothing,
} from './requests';
import type { Table } from './serve-request';
import type { DebugSession } from './session';
import { digestOfAddress } from './disassembly';

const filterIds = new Map<string, FilterId>(
  exceptionFilters.map(({ filter }) => [filter, filter] as const),
);

export const breakpointRequests: Table = {
  setBreakpoints: (session, args) => {
    const { source, breakpoints = [] } = decodeSetBreakpoints(args, '');
    return { body: { breakpoints: session.breakpoints.setLines(source.path ?? '', breakpoints) } };
  },
  breakpointLocations: (session, args) => {
    const { source, line, endLine = line } = decodeBreakpointLocations(args, '');
    const breakpoints = session.breakpoints.locations(source.path ?? '', line, endLine);
    return { body: { breakpoints } };
  },
  setFunctionBreakpoints: (session, args) => {
    const { breakpoints } = decodeFunctionBreakpoints(args, '');
    return { body: { breakpoints: session.breakpoints.setFunctions(breakpoints) } };
  },
  setInstructionBreakpoints: (session, args) => {
    const { breakpoints } = decodeInstructionBreakpoints(args, '');
    const wanted = breakpoints.map(({ instructionReference, offset = 0, ...terms }) => ({
      ...terms,
      digest: digestOfAddress(session, instructionReference, offset),
    }));
    return { body: { breakpoints: session.breakpoints.setInstructions(wanted) } };
  },
  setExceptionBreakpoints: (session, args) => {
    const { filters = [], filterOptions = [] } = decodeExceptionBreakpoints(orNothing(args), '');
    const wanted = [
      ...filters.map((filterId) => ({ filterId, condition: undefined })),
      ...filterOptions.map(({ filterId, condition }) => ({ filterId, condition })),
    ];
    const known = wanted.flatMap(({ filterId, condition }) => {
      const id = filterIds.get(filterId);
      return id === undefined ? [] : [[id, condition] as const];
    });
    session.breakpoints.setFilters(new Map(known));
    const breakpoints = wanted.map(({ filterId }) => ({ verified: filterIds.has(filterId) }));
    return { body: { breakpoints } };
  },
  dataBreakpointInfo: async (session, args) => {
    const { name, variablesReference } = decodeDataBreakpointInfo(args, '');
    const path = await pathNamed(session, name, variablesReference);
    return {
      body:
        path === undefined
          ? { dataId: null, description: 'Only a path in the image can be watched.' }
          : {
              dataId: path,
              description: `${path}: stop after the step that adds, changes or removes it`,
              accessTypes: ['write'],
              canPersist: true,
            },
    };
  },
  setDataBreakpoints: (session, args) => {
    const { breakpoints } = decodeDataBreakpoints(args, '');
    const wanted = breakpoints.map(({ dataId, ...terms }) => {
      if (!dataId.startsWith('/')) throw new RequestError(`${dataId} is no absolute path.`);
      return { ...terms, path: posix.normalize(dataId) };
    });
    return { body: { breakpoints: session.breakpoints.setData(wanted) } };
  },
};

/** A path written out, or that of a row of the files. */
async function pathNamed(
  session: DebugSession,
  name: string,
  reference: number | undefined,
): Promise<string | undefined> {
  if (name.startsWith('/') && reference === undefined) return posix.normalize(name);
  const rows = reference === undefined ? undefined : session.references.rowsOf(reference);
  const row = (await rows?.read())?.find((one) => one.name === name);
  return row?.path;
}
