/**
 * Connections that a program carries on its stdin and stdout:
 * `docker exec … buildctl dial-stdio`, `ssh … docker system dial-stdio`, and
 * `docker buildx dial-stdio`, which reaches every builder that buildx knows.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';
import { errorCode } from './connect-error';
import type { StdioCommand } from './stdio-address';

const longestComplaint = 4000;

export class StdioConnections {
  /** What the first child that failed before its first answer had to say. */
  complaint: string | undefined;
  /** Resolves with the complaint. */
  readonly failed: Promise<string>;

  private readonly children = new Map<ChildProcess, Promise<void>>();
  private fail: (complaint: string) => void = () => undefined;

  constructor(
    private readonly command: StdioCommand,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    this.failed = new Promise((resolve) => {
      this.fail = resolve;
    });
  }

  /** A connection of its own: each is another child. */
  open(): Duplex {
    const { program, args } = this.command;
    const child = spawn(program, args, {
      env: this.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.children.set(child, new Promise((resolve) => child.once('close', () => resolve())));
    let answered = false;
    let stderr = '';
    child.stdout.once('data', () => {
      answered = true;
    });
    // Read by the connection.
    child.stdout.pause();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-longestComplaint);
    });
    const connection = Duplex.from({ readable: child.stdout, writable: child.stdin });
    // Broken pipes are how either side learns that the other has gone.
    connection.on('error', () => undefined);
    connection.once('close', () => child.kill());
    child.once('error', (error) => {
      this.complain(
        errorCode(error) === 'ENOENT'
          ? `the ${program} command is not on PATH.`
          : `${program} could not be started (${error.message}).`,
      );
      connection.destroy();
    });
    child.once('close', (code) => {
      this.children.delete(child);
      if (!answered) {
        const words = stderr.trim() || `it exited with code ${code ?? 'none'}`;
        this.complain(/[.!]$/.test(words) ? words : `${words}.`);
      }
      connection.destroy();
    });
    return connection;
  }

  /** Resolves once no child runs any more. */
  async ended(): Promise<void> {
    await Promise.all(this.children.values());
  }

  close(): void {
    for (const child of this.children.keys()) child.kill();
  }

  private complain(complaint: string): void {
    this.complaint ??= complaint;
    this.fail(complaint);
  }
}
