/** Requests that look at where a thread stands. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { exceptionInfoOf } from './exception-info';
import { RequestError } from './connection';
import { disassembled } from './disassembly';
import {
  decodeDisassemble,
  decodeFrame,
  decodeLocation,
  decodeSetVariable,
  decodeSourceRequest,
  decodeStackTrace,
  decodeThread,
  decodeVariables,
  orNothing,
} from './requests';
import { scopeFor, scopes } from './scopes';
import type { Table } from './serve-request';
import type { DebugSession } from './session';
import { chainOf, frameFor, type Sources } from './stack';

export const stateRequests: Table = {
  stackTrace: (session, args) => {
    const { threadId, startFrame = 0, levels = 0 } = decodeStackTrace(orNothing(args), '');
    const { walk, stop } = session.places.stopped(threadId);
    const { walks, job } = session.live();
    const { own, callers } = chainOf(stop, walks.program, job.definitions);
    const all = [...own, ...callers];
    const end = levels === 0 ? undefined : startFrame + levels;
    const stackFrames = all
      .slice(startFrame, end)
      .map((site, index) =>
        frameFor(
          session.references.frame(walk.id, site),
          site,
          sourcesOf(session),
          startFrame + index >= own.length,
        ),
      );
    return { body: { stackFrames, totalFrames: all.length } };
  },
  scopes: (session, args) => {
    const frame = session.places.frame(decodeFrame(args, '').frameId);
    const facts = {
      build: session.live(),
      site: frame.site,
      rooms: session.rooms,
      thread: frame.thread,
    };
    const made = scopes.map((scope) =>
      scopeFor(
        scope,
        session.references.rows(frame, () => scope.rows(facts)),
      ),
    );
    return { body: { scopes: made } };
  },
  variables: async (session, args) => {
    const { variablesReference, start = 0, count = 0 } = decodeVariables(args, '');
    const list = session.references.rowsOf(variablesReference);
    if (list === undefined) throw new RequestError('These variables are of a stop that is over.');
    const rows = await list.read();
    const variables = rows
      .slice(start, count === 0 ? undefined : start + count)
      .map((row) => session.references.variable(list, row));
    return { body: { variables } };
  },
  setVariable: async (session, args) => {
    const { variablesReference, name, value } = decodeSetVariable(args, '');
    const list = session.references.rowsOf(variablesReference);
    const row = (await list?.read())?.find((one) => one.name === name);
    if (list === undefined || row?.variable === undefined) {
      throw new RequestError(`${name} cannot be given another value.`);
    }
    const { statement, moment } = list.site;
    const line = moment === 'after' ? statement.lastLine : statement.firstLine - 1;
    const assignment = session.live().input.assign(row.variable, value, line);
    if (assignment.kind === 'refused') throw new RequestError(assignment.message);
    await session.editing.change(
      assignment.kind === 'text'
        ? { text: assignment.text }
        : { buildArgs: { [assignment.name]: assignment.value } },
    );
    return { body: { value } };
  },
  source: async (session, args) => {
    const { sourceReference, source } = decodeSourceRequest(args, '');
    const text = session.references.textOf(source?.sourceReference ?? sourceReference);
    if (text === undefined) throw new RequestError('This text is of a stop that is over.');
    return { body: { content: await text.read(), mimeType: 'text/plain' } };
  },
  locations: (session, args) => {
    const { locationReference } = decodeLocation(args, '');
    const text = session.references.textOf(locationReference);
    if (text === undefined) throw new RequestError('This place is of a stop that is over.');
    return {
      body: { source: { name: text.name, sourceReference: locationReference }, line: 1 },
    };
  },
  exceptionInfo: async (session, args) => {
    const { threadId } = decodeThread(orNothing(args), '');
    const { stop } = session.places.stopped(threadId);
    return { body: await exceptionInfoOf(session.live(), stop) };
  },
  disassemble: (session, args) => {
    const {
      memoryReference,
      instructionOffset = 0,
      instructionCount,
    } = decodeDisassemble(args, '');
    const instructions: DebugProtocol.DisassembledInstruction[] = disassembled(
      session.live(),
      memoryReference,
      instructionOffset,
      instructionCount,
    );
    return { body: { instructions } };
  },
};

/** Texts that only the definition holds live as long as the session. */
function sourcesOf(session: DebugSession): Sources {
  return {
    reference: ({ name, data }) =>
      session.references.lastingText({
        name,
        read: () => Promise.resolve(Buffer.from(data).toString('utf8')),
      }),
  };
}
