/** Starts the bundled command line as a user would. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const cli = resolve(__dirname, '../../dist/cli.js');

export type CliOptions = {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What stdin holds; it is closed at once without it. */
  readonly input?: string;
  /** Runs as this user; only root may. */
  readonly uid?: number;
};

export type CliRun = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly took: number;
};

export class RunningCli {
  private readonly out: Buffer[] = [];
  private err = '';
  private readonly changed = new Set<() => void>();
  readonly ended: Promise<CliRun>;

  constructor(readonly child: ChildProcessByStdio<Writable, Readable, Readable>) {
    const started = performance.now();
    child.stdout.on('data', (chunk: Buffer) => this.out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      this.err += chunk.toString();
      for (const look of this.changed) look();
    });
    this.ended = new Promise((done, reject) => {
      child.once('error', reject);
      child.once('close', (code) =>
        done({
          code,
          stdout: Buffer.concat(this.out).toString(),
          stderr: this.err,
          took: performance.now() - started,
        }),
      );
    });
  }

  /** What stderr holds so far. */
  get errors(): string {
    return this.err;
  }

  /** Resolves when stderr holds `text`; rejects when the process ends without it. */
  async says(text: string): Promise<void> {
    const seen = new Promise<void>((done) => {
      const look = () => {
        if (!this.err.includes(text)) return;
        this.changed.delete(look);
        done();
      };
      this.changed.add(look);
      look();
    });
    await Promise.race([
      seen,
      this.ended.then(({ stderr }) => {
        if (!stderr.includes(text)) throw new Error(`ended without saying ${text}:\n${stderr}`);
      }),
    ]);
  }
}

export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run npm run build`);
  const { env = process.env, cwd, input, uid } = options;
  const child = spawn(process.execPath, [cli, ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
  });
  child.stdin.end(input);
  return new RunningCli(child);
}

/** Runs the command line to its end. */
export function runCli(args: readonly string[], options?: CliOptions): Promise<CliRun> {
  return startCli(args, options).ended;
}
