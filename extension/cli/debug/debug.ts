/**
 * `llb-lens debug`: a build debugged at a terminal, or by commands on standard input. A client of
 * the same debug adapter that editors use.
 */
import { resolve } from 'node:path';
import { styleText } from 'node:util';
import { type LaunchAttributes, OwnTerminalsRequest } from '../../../proto/messages/debug-adapter';
import { RequestError } from '../../debug-adapter/connection';
import { processOptions } from '../../debug-adapter/process-options';
import { DecodeError } from '../../engine/profile/decode';
import { resolveProfile } from '../../engine/profile/profile';
import { attach } from '../attach';
import type { Console } from '../console';
import type { BuildFlags } from '../docker-build/build-flags';
import { buildProfile } from '../docker-build/profile';
import { CliError, ExitCode } from '../exit-code';
import { toCliError } from '../failure';
import { BreakpointList } from './breakpoint-list';
import { commandNames, parseLine, quit, standing } from './commands';
import { promptOn, type Prompt } from './prompt';
import { TerminalSession } from './session';

export type DebugFlags = BuildFlags & {
  readonly break: readonly string[];
  readonly run: boolean;
};

/** @param what the context, or a `.drv` file */
export async function debug(
  what: string | undefined,
  flags: DebugFlags,
  to: Console,
): Promise<number> {
  const profile = await profileOf(what, flags);
  const { source } = await resolveProfile(profile, process.cwd());
  const file = source.kind === 'dockerfile' ? source.file : undefined;
  const prompt = promptOn(process.stdin, process.stdout, completions);
  const paint = prompt.isTerminal && process.stdout.hasColors();
  const session = new TerminalSession(
    processOptions(),
    {
      build: (text) => (prompt.isTerminal ? prompt.print(text) : void to.progress(text)),
      note: (text) => (prompt.isTerminal ? prompt.print(`${text}\n`) : void to.note(text)),
    },
    {
      mark: (text) => (paint ? styleText('bold', text) : text),
      width: prompt.isTerminal ? process.stdout.columns : undefined,
    },
  );
  const breakpoints = new BreakpointList(file);
  const leave = new AbortController();
  const unhook = takeSignals(session, leave, to);
  try {
    await launch(session, breakpoints, profile, flags);
    await converse(session, breakpoints, prompt, to, leave.signal);
    if (session.exitCode !== undefined) {
      await to.note(session.exitCode === 0 ? 'The build has succeeded.' : 'The build has failed.');
      return session.exitCode;
    }
    if (leave.signal.aborted) return ExitCode.interrupted;
    return session.hasFailed ? ExitCode.failed : ExitCode.good;
  } finally {
    unhook();
    prompt.close();
    await session.close();
  }
}

async function profileOf(what: string | undefined, flags: DebugFlags): Promise<LaunchAttributes> {
  if (what === '-' || flags.file === '-') {
    throw new CliError(ExitCode.usage, 'standard input is for commands; name a folder and a file');
  }
  if (what?.endsWith('.drv') !== true) return buildProfile(what, flags, process.env);
  const { builder } = flags;
  return { derivation: resolve(what), ...(builder === undefined ? {} : { builder }) };
}

/** Starts the build with its breakpoints, and lasts until it stands for the first time. */
async function launch(
  session: TerminalSession,
  breakpoints: BreakpointList,
  profile: LaunchAttributes,
  flags: DebugFlags,
): Promise<void> {
  await session.request('initialize', { adapterID: 'buildkit', clientID: 'llb-lens' });
  await session.request(OwnTerminalsRequest);
  const stands = session.untilItStands();
  const launched = session
    .request('launch', { ...profile, stopOnEntry: !flags.run })
    .catch((error: unknown) => {
      if (!(error instanceof RequestError)) throw error;
      throw error.cause === undefined
        ? new CliError(ExitCode.failed, error.message)
        : toCliError(error.cause);
    });
  await Promise.race([session.initialized, launched]);
  for (const line of flags.break) await breakpoints.add(session, line);
  await breakpoints.sendFilters(session);
  await session.request('configurationDone');
  await launched;
  await stands;
}

async function converse(
  session: TerminalSession,
  breakpoints: BreakpointList,
  prompt: Prompt,
  to: Console,
  leaving: AbortSignal,
): Promise<void> {
  const context = { session, breakpoints, attach: () => attachShell(session, prompt) };
  const first = await standing(session);
  if (first !== undefined) await to.out(`${first}\n`);
  let repeated = '';
  while (!session.isOver && !leaving.aborted) {
    const line = await nextLine(prompt, leaving);
    if (line === undefined) return;
    const said = line.trim() === '' && prompt.isTerminal ? repeated : line;
    if (said.trim() === '') continue;
    try {
      const { command, rest } = parseLine(said);
      repeated = command.again === true ? said : '';
      const result = await command.run(context, rest);
      if (result === quit) return;
      if (result !== undefined && result !== '') await to.out(`${result}\n`);
    } catch (error) {
      if (!(error instanceof RequestError) && !(error instanceof DecodeError)) throw error;
      await to.note(error.message);
    }
  }
}

/** What is typed until somebody ends the program. */
function nextLine(prompt: Prompt, leaving: AbortSignal): Promise<string | undefined> {
  return new Promise((done, refuse) => {
    const stop = () => done(undefined);
    leaving.addEventListener('abort', stop, { once: true });
    prompt
      .ask()
      .finally(() => leaving.removeEventListener('abort', stop))
      .then(done, refuse);
  });
}

async function attachShell(session: TerminalSession, prompt: Prompt): Promise<void> {
  const shell = session.offeredShell;
  session.offeredShell = undefined;
  if (shell === undefined) throw new RequestError('No shell could be opened here.');
  if (!prompt.isTerminal) throw new RequestError('A shell needs a terminal; use "exec" instead.');
  await attach(shell.linkFile);
}

/** Ctrl-C stops what runs; told twice, or by another signal, the program ends. */
function takeSignals(session: TerminalSession, leave: AbortController, to: Console): () => void {
  const others = ['SIGTERM', 'SIGHUP'] as const;
  let isAsked = false;
  const end = () => {
    leave.abort();
    void session.close();
  };
  const interrupt = () => {
    if (isAsked || session.threads.length === 0) {
      end();
      return;
    }
    isAsked = true;
    void to.note('Stopping at the next step … (once more to end the build)');
    session
      .pause()
      .catch((error: unknown) => to.note(error instanceof Error ? error.message : String(error)))
      .finally(() => session.whenItStands(() => (isAsked = false)));
  };
  process.on('SIGINT', interrupt);
  for (const name of others) process.on(name, end);
  return () => {
    process.off('SIGINT', interrupt);
    for (const name of others) process.off(name, end);
  };
}

function completions(line: string): readonly string[] {
  return commandNames.filter((name) => name.startsWith(line));
}
