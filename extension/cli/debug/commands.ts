/** What can be said to the debugger at a terminal. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { LogRequest, type LogResponseBody } from '../../../proto/messages/debug-adapter';
import { exceptionFilters } from '../../debug-adapter/breakpoints';
import { RequestError } from '../../debug-adapter/connection';
import type { BreakpointList } from './breakpoint-list';
import type { TerminalSession } from './session';

export type Context = {
  readonly session: TerminalSession;
  readonly breakpoints: BreakpointList;
  /** Opens the shell that the session offers, and lasts as long as it. */
  readonly attach: () => Promise<void>;
};

/** Ends the session. */
export const quit = Symbol('quit');

/** What is printed, if anything. */
type Result = string | undefined | typeof quit;

type Command = {
  readonly names: readonly [string, ...string[]];
  /** What comes behind the name. */
  readonly usage?: string;
  readonly help: string;
  /** An empty line says it again. */
  readonly again?: true;
  readonly run: (context: Context, rest: string) => Promise<Result>;
};

/** Goes on by a request for the thread that is looked at, and says where the build stands then. */
const motion =
  (request: string) =>
  async ({ session }: Context): Promise<Result> => {
    await session.go(request, { threadId: session.threadId });
    return standing(session);
  };

/** Where the build stands, if it does. */
export async function standing(session: TerminalSession): Promise<string | undefined> {
  return session.isOver ? undefined : session.whereabouts();
}

export const commands: readonly Command[] = [
  {
    names: ['break', 'b'],
    usage: '[LINE | FILE:LINE] [if CONDITION]',
    help: 'stop before a line; without one, list all breakpoints',
    run: async ({ session, breakpoints }, rest) =>
      rest === '' ? breakpoints.list() : breakpoints.add(session, rest),
  },
  {
    names: ['watch'],
    usage: 'PATH',
    help: 'stop after a step that changes this path of the image',
    run: ({ session, breakpoints }, rest) => breakpoints.watch(session, needed(rest, 'a path')),
  },
  {
    names: ['catch'],
    usage: `[${exceptionFilters.map(({ filter }) => filter).join(' | ')} | none] …`,
    help: 'choose what else stops; without a word, say what does',
    run: ({ session, breakpoints }, rest) => breakpoints.catch(session, words(rest)),
  },
  {
    names: ['delete', 'd'],
    usage: '[NUMBER]',
    help: 'delete a breakpoint, or all of them',
    run: ({ session, breakpoints }, rest) => breakpoints.delete(session, rest),
  },
  {
    names: ['continue', 'c'],
    help: 'go on to the next stop',
    again: true,
    run: motion('continue'),
  },
  { names: ['next', 'n'], help: 'run this instruction', again: true, run: motion('next') },
  {
    names: ['step', 's'],
    help: 'go into the stage that this instruction reads',
    again: true,
    run: motion('stepIn'),
  },
  {
    names: ['out', 'finish'],
    help: 'go on to the instruction that uses this stage',
    again: true,
    run: motion('stepOut'),
  },
  {
    names: ['back'],
    help: 'stand before the last instruction again; nothing is run',
    again: true,
    run: motion('stepBack'),
  },
  {
    names: ['reverse', 'rc'],
    help: 'go back to the last stop, or the start',
    run: motion('reverseContinue'),
  },
  {
    names: ['jump', 'j'],
    usage: 'LINE',
    help: 'stand before another line',
    run: async ({ session }, rest) => jump(session, lineNumber(rest)),
  },
  {
    names: ['again'],
    help: 'run this step once more, past the cache',
    run: async ({ session }) => {
      const { id } = await session.frame();
      await session.go('restartFrame', { frameId: id });
      return standing(session);
    },
  },
  {
    names: ['list', 'l'],
    usage: '[LINE]',
    help: 'lines of the file around here, or around a line',
    run: async ({ session }, rest) => {
      const frame = await session.frame();
      return session.lines(frame, rest === '' ? undefined : lineNumber(rest));
    },
  },
  {
    names: ['where', 'bt', 'backtrace'],
    help: 'the instructions that this one builds on, and those that wait for it',
    run: async ({ session }) =>
      (await session.frames())
        .map((frame, index) => frameText(frame, index, index === session.frameNumber))
        .join('\n'),
  },
  {
    names: ['frame', 'f'],
    usage: '[NUMBER]',
    help: 'look at another place of that list',
    run: async ({ session }, rest) => {
      if (rest !== '') await session.lookAtFrame(Number(rest));
      return session.whereabouts();
    },
  },
  {
    names: ['threads'],
    help: 'the stages, and where each of them is',
    run: ({ session }) =>
      Promise.resolve(
        session.threads
          .map(({ id, name, state, line }) => {
            const sign = id === session.thread?.id ? '*' : ' ';
            return `${sign} ${id}  ${name}: ${state}${line === undefined ? '' : ` at line ${line}`}`;
          })
          .join('\n'),
      ),
  },
  {
    names: ['thread', 't'],
    usage: 'NUMBER',
    help: 'look at another stage',
    run: ({ session }, rest) => {
      session.lookAtThread(Number(needed(rest, 'the number of a thread')));
      return session.whereabouts();
    },
  },
  {
    names: ['print', 'p'],
    usage: 'WORD | COMMAND',
    help: 'a variable, a word such as ${NAME:-default}, or what a command prints that leaves no trace',
    run: async ({ session }, rest) => {
      const expression = needed(rest, 'what to print');
      const { id } = await session.frame();
      return (await session.request('evaluate', { expression, frameId: id, context: 'watch' }))
        .result;
    },
  },
  {
    names: ['vars', 'v'],
    usage: '[arguments | environment | step | image config | files | changes] [NAME …]',
    help: 'variables here, with names those below a name',
    run: async ({ session }, rest) => variables(session, rest),
  },
  {
    names: ['set'],
    usage: 'NAME=VALUE',
    help: 'give an argument or variable another value; only what rests on it runs again',
    run: async ({ session }, rest) => assign(session, rest),
  },
  {
    names: ['exec', '!'],
    usage: 'COMMAND',
    help: 'run a command here; what it writes stays until you go on',
    run: async ({ session }, rest) => {
      const { id } = await session.frame();
      const expression = `exec ${needed(rest, 'a command')}`;
      const { result } = await session.request('evaluate', { expression, frameId: id });
      return result === '' ? undefined : result;
    },
  },
  {
    names: ['shell', 'sh'],
    help: 'open a shell here',
    run: async ({ session, attach }) => {
      const { id } = await session.frame();
      await session.request('evaluate', { expression: 'shell', frameId: id });
      await attach();
      return undefined;
    },
  },
  {
    names: ['log'],
    help: 'what this step has printed',
    run: async ({ session }) => {
      const digest = (await session.frame()).instructionPointerReference;
      if (digest === undefined) return 'This instruction is no step, so it prints nothing.';
      const { text } = (await session.request(LogRequest, { digest, from: 0 })) as LogResponseBody;
      return text === '' ? 'It has printed nothing.' : text.replace(/\n$/, '');
    },
  },
  {
    names: ['restart'],
    help: 'build from the start again',
    run: async ({ session }) => {
      await session.go('restart', {});
      return standing(session);
    },
  },
  { names: ['help', 'h', '?'], help: 'this list', run: () => Promise.resolve(helpText()) },
  { names: ['quit', 'q'], help: 'end the build and leave', run: () => Promise.resolve(quit) },
];

const byName = new Map(commands.flatMap((one) => one.names.map((name) => [name, one] as const)));

/** The names of all commands, for completion. */
export const commandNames: readonly string[] = commands.map(({ names }) => names[0]);

/** The command of a line. @throws RequestError when there is none of this name */
export function parseLine(line: string): { readonly command: Command; readonly rest: string } {
  const match = /^(!|\?|[\w-]+)\s*([^]*)$/.exec(line.trim());
  const [, name = '', rest = ''] = match ?? [];
  const command = byName.get(name);
  if (command === undefined) {
    throw new RequestError(`There is no command "${line.trim()}"; "help" lists all.`);
  }
  return { command, rest: rest.trimEnd() };
}

function helpText(): string {
  const rows = commands.map(({ names, usage = '', help }) => {
    const [name, ...others] = names;
    const also = others.length === 0 ? '' : ` (${others.join(', ')})`;
    return [`${name}${also}${usage === '' ? '' : ` ${usage}`}`, help] as const;
  });
  return rows.map(([left, help]) => `${left}\n    ${help}`).join('\n');
}

function needed(rest: string, what: string): string {
  if (rest === '') throw new RequestError(`Say ${what}.`);
  return rest;
}

function words(rest: string): readonly string[] {
  return rest.split(/[\s,]+/).filter((word) => word !== '');
}

function lineNumber(rest: string): number {
  const line = Number(needed(rest, 'a line'));
  if (!Number.isInteger(line) || line < 1) throw new RequestError(`${rest} is no line.`);
  return line;
}

async function jump(session: TerminalSession, line: number): Promise<Result> {
  const { source } = await session.frame();
  const { targets } = await session.request('gotoTargets', { source, line });
  const target = targets[0];
  if (target === undefined) throw new RequestError(`Nothing is built at line ${line}.`);
  await session.go('goto', { threadId: session.threadId, targetId: target.id });
  return standing(session);
}

function frameText(frame: DebugProtocol.StackFrame, index: number, isShown: boolean): string {
  const { source, line, name } = frame;
  const place = source === undefined ? '' : ` at ${source.name ?? ''}:${line}`;
  return `${isShown ? '*' : ' '} ${index}  ${name}${place}`;
}

/** The rows of a scope, or of what lies below a path of names in it. */
async function variables(session: TerminalSession, rest: string): Promise<Result> {
  const { id } = await session.frame();
  const { scopes } = await session.request('scopes', { frameId: id });
  const isCalled = ({ name }: DebugProtocol.Scope) =>
    rest.toLowerCase().startsWith(name.toLowerCase());
  const scope = scopes.find(isCalled);
  if (scope === undefined) {
    if (rest !== '') {
      const names = scopes.map(({ name }) => name.toLowerCase()).join(', ');
      throw new RequestError(`There is no "${rest}"; there are ${names}.`);
    }
    const cheap = scopes.filter(({ expensive }) => !expensive);
    const parts = await Promise.all(
      cheap.map(async ({ name, variablesReference }) => {
        const body = await session.request('variables', { variablesReference });
        return `${name}\n${rowsText(body.variables)}`;
      }),
    );
    return parts.join('\n');
  }
  let { variablesReference } = scope;
  for (const name of words(rest.slice(scope.name.length))) {
    const body = await session.request('variables', { variablesReference });
    const row = body.variables.find((one) => one.name === name);
    if (row === undefined) throw new RequestError(`There is no "${name}" there.`);
    if (row.variablesReference === 0) return rowsText([row]);
    ({ variablesReference } = row);
  }
  return rowsText((await session.request('variables', { variablesReference })).variables);
}

function rowsText(rows: readonly DebugProtocol.Variable[]): string {
  if (rows.length === 0) return '  (nothing)';
  return rows.map(({ name, value }) => `  ${name} = ${value}`).join('\n');
}

/** Arguments go before variables of the image, as what is set here first. */
async function assign(session: TerminalSession, rest: string): Promise<Result> {
  const [, name, value] = /^(\w+)\s*=([^]*)$/.exec(rest) ?? [];
  if (name === undefined || value === undefined) throw new RequestError('Say NAME=VALUE.');
  const { id } = await session.frame();
  const { scopes } = await session.request('scopes', { frameId: id });
  for (const { variablesReference } of scopes.filter(({ expensive }) => !expensive)) {
    const body = await session.request('variables', { variablesReference });
    if (!body.variables.some((one) => one.name === name)) continue;
    await session.request('setVariable', { variablesReference, name, value });
    return undefined;
  }
  throw new RequestError(`${name} is neither an argument nor a variable here.`);
}
