// Running programs: argument vectors only, output kept, failures as errors that show the last lines.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds until the program is killed; none by default. */
  readonly timeout?: number;
}

export interface CommandResult {
  /** The exit code; -1 when a signal ended it, 127 when it could not be started. */
  readonly code: number;
  readonly stdout: string;
  /** Both streams in the order they came. */
  readonly output: string;
}

export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** Runs a program to its end. Never throws: a program that cannot be started has code 127. */
export function run(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program, ...rest] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      timeout: options.timeout,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', (error) =>
      resolve({ code: 127, stdout, output: `${output}${error.message}\n` }),
    );
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, output }));
  });
}

/** Runs a program and returns what it wrote to its standard output. @throws {CommandFailed} */
export async function succeed(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<string> {
  const result = await run(argv, options);
  if (result.code !== 0) {
    const lastLines = result.output.trimEnd().split('\n').slice(-12).join('\n');
    throw new CommandFailed(`${argv.join(' ')}: exit code ${result.code}\n${lastLines}`);
  }
  return result.stdout;
}

/** Tries `action` up to three times, with a pause that grows, since mirrors and networks hiccup. */
export async function retried<T>(action: () => Promise<T>, pause = 2_000): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (attempt === 3) throw error;
      await sleep(pause * attempt);
    }
  }
}
