/** Requests that evaluate: the console, watches, hovers, and what a console line could go on with. */
import { posix } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { explain } from '../engine/failure/explain';
import { splitVariable, variablesAt } from '../engine/debug/site';
import { RequestError } from './connection';
import { completionAt, consoleHelp, isWord, parseConsole } from './console';
import type { Frame } from './references';
import { decodeCompletions, decodeEvaluate } from './requests';
import type { Table } from './serve-request';
import type { DebugSession } from './session';

export const consoleRequests: Table = {
  evaluate: async (session, args) => {
    const { expression, frameId, context = 'repl' } = decodeEvaluate(args, '');
    const frame = session.places.frame(frameId);
    const result =
      context === 'repl'
        ? await runLine(session, frame, expression)
        : await peek(session, frame, expression, context);
    return { body: { result, variablesReference: 0 } };
  },
  completions: async (session, args) => {
    const { text, column, frameId } = decodeCompletions(args, '');
    const frame = session.places.frame(frameId);
    return { body: { targets: await completions(session, frame, text, column - 1) } };
  },
};

async function runLine(session: DebugSession, frame: Frame, line: string): Promise<string> {
  const variables = await variablesAt(session.live().input, frame.site);
  const command = parseConsole(line, (name) => variables.has(name));
  switch (command.kind) {
    case 'help':
      return consoleHelp;
    case 'shell':
      await session.shells.open(session.live(), frame.site);
      return '';
    case 'word':
      return valueOf(session, frame, command.text);
    case 'command':
      return runCommand(session, frame, command.command);
  }
}

/**
 * The value of a variable or build word. Anything else is no question that can be answered without
 * doing something, and looking must change nothing.
 */
async function peek(
  session: DebugSession,
  frame: Frame,
  expression: string,
  context: string,
): Promise<string> {
  const text = expression.trim();
  if (/^\w+$/.test(text) || isWord(text)) return valueOf(session, frame, text);
  if (context !== 'watch' || text === '') throw new RequestError(`${text} is no variable here.`);
  return watchCommand(session, frame, text);
}

/** A watched command runs in a container of its own, which is thrown away with all it wrote. */
async function watchCommand(session: DebugSession, frame: Frame, command: string): Promise<string> {
  const { printed, code } = await session.rooms.aside(frame.site, command);
  const text = printed.trimEnd();
  return code === 0 ? text : `${text}${text === '' ? '' : '\n'}exit code: ${code}`;
}

async function valueOf(session: DebugSession, frame: Frame, text: string): Promise<string> {
  const { input } = session.live();
  const variables = await variablesAt(input, frame.site);
  if (/^\w+$/.test(text)) {
    const value = variables.get(text);
    if (value === undefined) throw new RequestError(`${text} is not set here.`);
    return value;
  }
  const bare = /^\$\{?(\w+)\}?$/.exec(text)?.[1];
  if (bare !== undefined && !variables.has(bare)) {
    throw new RequestError(`${bare} is not set here.`);
  }
  try {
    return input.expand(text, variables);
  } catch (error) {
    throw new RequestError(explain(error));
  }
}

/** Runs a command in the container of the place; what it prints is told as it comes. */
async function runCommand(session: DebugSession, frame: Frame, command: string): Promise<string> {
  const container = await session.rooms.container(frame.thread, frame.site);
  const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
  const { code, message } = await container.run(
    [...container.place.shell, '-c', command],
    (fd, data) => session.narrator.print(decoders[fd].decode(data, { stream: true }), 'console'),
  );
  if (message !== undefined) return message;
  return code === 0 ? '' : `exit code: ${code}`;
}

const mostTargets = 200;

async function completions(
  session: DebugSession,
  { thread, site }: Frame,
  text: string,
  column: number,
): Promise<DebugProtocol.CompletionItem[]> {
  const { kind, prefix, folder } = completionAt(text, column);
  const variables = await variablesAt(session.live().input, site);
  const tree = await session.rooms.root(thread, site);
  const names: { readonly label: string; readonly type: DebugProtocol.CompletionItemType }[] = [];
  if (kind === 'variable') {
    for (const label of variables.keys()) names.push({ label, type: 'variable' });
  } else if (kind === 'path') {
    const { place } = await session.rooms.placeOf(site);
    for (const entry of await listed(tree, posix.resolve(place.cwd, folder))) {
      const isFolder = entry.kind === 'directory';
      names.push({ label: isFolder ? `${entry.name}/` : entry.name, type: 'file' });
    }
  } else {
    for (const label of ['shell', 'help']) names.push({ label, type: 'keyword' });
    const { place } = await session.rooms.placeOf(site);
    const path = place.env.map(splitVariable).find(([name]) => name === 'PATH')?.[1] ?? '';
    const found = await Promise.all(path.split(':').map((one) => listed(tree, one)));
    for (const { name } of found.flat()) names.push({ label: name, type: 'function' });
  }
  const seen = new Set<string>();
  return names
    .filter(({ label }) => label.startsWith(prefix) && !seen.has(label) && seen.add(label))
    .slice(0, mostTargets)
    .map(({ label, type }) => ({
      label,
      type,
      start: column - prefix.length,
      length: prefix.length,
    }));
}

/** A folder that is not there has nothing to offer. */
async function listed(tree: Awaited<ReturnType<DebugSession['rooms']['root']>>, path: string) {
  try {
    return await tree.list(path);
  } catch {
    return [];
  }
}
