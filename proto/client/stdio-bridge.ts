/**
 * A private loopback socket in front of a program that carries a connection on its stdin and
 * stdout: `docker exec … buildctl dial-stdio`, `ssh … docker system dial-stdio`, and
 * `docker buildx dial-stdio`, which reaches every builder that buildx knows.
 *
 * grpc-js can only connect to sockets; each connection to ours starts one child and joins the two.
 * The socket lies in a folder that only this user can enter.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from './connect-error';
import type { StdioCommand } from './stdio-address';

const longestComplaint = 4000;

export class StdioBridge {
  /** What the last child that failed before its first answer had to say. */
  complaint: string | undefined;
  /** Resolves with the first complaint. */
  readonly failed: Promise<string>;

  private readonly children = new Set<ChildProcess>();
  private fail: (complaint: string) => void = () => undefined;

  private constructor(
    /** A Unix socket or a named pipe. */
    readonly path: string,
    private readonly folder: string | undefined,
    private readonly server: Server,
    private readonly command: StdioCommand,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    this.failed = new Promise((resolve) => {
      this.fail = resolve;
    });
    server.on('connection', (socket) => {
      this.join(socket);
    });
  }

  static async start(command: StdioCommand, env: NodeJS.ProcessEnv): Promise<StdioBridge> {
    // mkdtemp makes the folder with mode 0700.
    const folder =
      process.platform === 'win32' ? undefined : await mkdtemp(join(tmpdir(), 'llb-lens-'));
    const path =
      folder === undefined ? `\\\\.\\pipe\\llb-lens-${crypto.randomUUID()}` : join(folder, 's');
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    // Nothing here keeps the process alive once its work is done.
    server.unref();
    return new StdioBridge(path, folder, server, command, env);
  }

  private join(socket: Socket): void {
    const { program, args } = this.command;
    const child = spawn(program, args, {
      env: this.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.children.add(child);
    let answered = false;
    let stderr = '';
    child.stdout.once('data', () => {
      answered = true;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-longestComplaint);
    });
    child.once('error', (error) => {
      this.complain(
        errorCode(error) === 'ENOENT'
          ? `the ${program} command is not on PATH.`
          : `${program} could not be started (${error.message}).`,
      );
      socket.destroy();
    });
    child.once('close', (code) => {
      this.children.delete(child);
      if (!answered) {
        const words = stderr.trim() || `it exited with code ${code ?? 'none'}`;
        this.complain(/[.!]$/.test(words) ? words : `${words}.`);
      }
      socket.destroy();
    });
    // Broken pipes are how either side learns that the other has gone.
    for (const stream of [socket, child.stdin, child.stdout]) stream.on('error', () => undefined);
    socket.once('close', () => child.kill());
    socket.pipe(child.stdin);
    child.stdout.pipe(socket);
  }

  private complain(complaint: string): void {
    this.complaint = complaint;
    this.fail(complaint);
  }

  close(): void {
    this.server.close();
    for (const child of this.children) child.kill();
    if (this.folder !== undefined) void rm(this.folder, { recursive: true, force: true });
  }
}
