/**
 * The adapter's end of the terminal link: offers one process to one terminal.
 *
 * The socket lies in a folder only this user can enter and has mode 0600; the token in the link
 * file works once. The process starts when the terminal is there, so that it knows its size.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { isRecord } from '../profile/decode';
import { isSocketFile, privateFolder, socketAddress, thisHost } from '../platform';
import type { ShellProcess } from './shell';
import {
  decodeSize,
  encodeExit,
  encodeFrame,
  FrameReader,
  frameTypes,
  type Greeting,
  type LinkFile,
} from './terminal-link';

export type TerminalOffer = {
  /** The file to name on the terminal's command line; it holds no secret in its name. */
  readonly linkFile: string;
  /** Resolves when the process has ended, or the offer was withdrawn. */
  readonly done: Promise<void>;
  /** Ends the process, if it runs, and removes socket, link file and folder. */
  close(): Promise<void>;
};

/** How the process is started once a terminal of this size has come. */
export type OpenShell = (size: { rows: number; columns: number }) => Promise<ShellProcess>;

/** A stranger on the socket gets this long to show the token. Milliseconds. */
const greetingTimeout = 5_000;

/** @param withdrawn gives back what was made ready for a process that nobody started */
export async function offerTerminal(
  open: OpenShell,
  { withdrawn = () => Promise.resolve() }: { withdrawn?: () => Promise<void> } = {},
): Promise<TerminalOffer> {
  const host = thisHost();
  const folder = await privateFolder(host);
  const link: LinkFile = {
    address: socketAddress(host, folder),
    token: randomBytes(32).toString('hex'),
  };
  const linkFile = join(folder, 'link.json');
  const server = createServer();
  await listen(server, link.address);
  if (isSocketFile(host)) await chmod(link.address, 0o600);
  await writeFile(linkFile, JSON.stringify(link), { mode: 0o600 });

  const sockets = new Set<Socket>();
  let shell: ShellProcess | undefined;
  let taken = false;
  let closing: Promise<void> | undefined;
  let settle: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const close = () => {
    closing ??= (async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await (shell === undefined ? withdrawn() : shell.close());
      await rm(folder, { recursive: true, force: true });
      settle();
    })();
    return closing;
  };

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    void greet(socket, link.token)
      .then(async ({ greeting, reader, early }) => {
        if (taken) throw new Error('this terminal link was used already');
        taken = true;
        // From here on the offer ends with this terminal; a refused stranger leaves it open.
        socket.once('close', () => void close());
        server.close();
        await rm(linkFile, { force: true });
        shell = await open(greeting);
        await serve(socket, shell, reader, early);
      })
      .catch((error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        socket.end(encodeFrame(frameTypes.failure, Buffer.from(text, 'utf8')));
      });
  });
  return { linkFile, done, close };
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

type Greeted = {
  greeting: Greeting;
  reader: FrameReader;
  early: { type: number; payload: Buffer }[];
};

/** Waits for the first frame and checks its token. */
function greet(socket: Socket, token: string): Promise<Greeted> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader();
    const timer = setTimeout(() => finish(new Error('no greeting')), greetingTimeout);
    const finish = (result: Greeted | Error) => {
      clearTimeout(timer);
      socket.off('data', onData);
      socket.off('close', onClose);
      if (result instanceof Error) reject(result);
      else {
        // Nothing may be lost between this listener and the next.
        socket.pause();
        resolve(result);
      }
    };
    const onClose = () => finish(new Error('the terminal is gone'));
    const onData = (piece: Buffer) => {
      let frames;
      try {
        frames = reader.push(piece);
      } catch (error) {
        finish(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      const [first, ...early] = frames;
      if (first === undefined) return;
      const greeting =
        first.type === frameTypes.greeting ? parseGreeting(first.payload) : undefined;
      if (greeting === undefined || !equalTokens(greeting.token, token)) {
        finish(new Error('the terminal link refused this token'));
      } else finish({ greeting, reader, early });
    };
    socket.on('data', onData);
    socket.once('close', onClose);
  });
}

function parseGreeting(payload: Buffer): Greeting | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { token, rows, columns } = value;
  if (typeof token !== 'string' || typeof rows !== 'number' || typeof columns !== 'number') {
    return undefined;
  }
  return { token, rows, columns };
}

function equalTokens(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given, 'utf8'), Buffer.from(expected, 'utf8')];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Carries bytes both ways until the process ends or the terminal goes. */
async function serve(
  socket: Socket,
  shell: ShellProcess,
  reader: FrameReader,
  early: readonly { type: number; payload: Buffer }[],
): Promise<void> {
  const handle = (frame: { type: number; payload: Buffer }) => {
    if (frame.type === frameTypes.input) shell.write(frame.payload);
    const size = frame.type === frameTypes.resize ? decodeSize(frame.payload) : undefined;
    if (size !== undefined) shell.resize(size.rows, size.columns);
  };
  for (const frame of early) handle(frame);
  socket.on('data', (piece: Buffer) => {
    try {
      for (const frame of reader.push(piece)) handle(frame);
    } catch {
      socket.destroy();
    }
  });
  socket.once('close', () => void shell.close());
  socket.resume();
  try {
    for await (const { data } of shell.output) {
      if (socket.destroyed) break;
      if (!socket.write(encodeFrame(frameTypes.output, data))) await drained(socket);
    }
  } catch {
    // Why the output broke off, if the process had not ended before, is what `exit` says.
  }
  const { code, message } = await shell.exit;
  if (message !== undefined) {
    socket.write(encodeFrame(frameTypes.output, Buffer.from(`${message}\r\n`, 'utf8')));
  }
  socket.end(encodeFrame(frameTypes.exit, encodeExit(code)));
}

/** Until the terminal has taken what was written, or is gone. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      socket.off('drain', go);
      socket.off('close', go);
      resolve();
    };
    socket.once('drain', go);
    socket.once('close', go);
    if (socket.destroyed) go();
  });
}
