/**
 * The terminal process of a shell: shows what a process inside a build prints and sends it what is
 * typed. `attach LINKFILE`, started by the debug client through `runInTerminal`.
 *
 * The terminal goes into raw mode, so that Ctrl-C travels as the byte 0x03 and the remote terminal
 * makes a signal of it. The remote process's exit code becomes ours. No program of PATH is used.
 */
import { connect, type Socket } from 'node:net';
import type { ReadStream, WriteStream } from 'node:tty';
import {
  encodeFrame,
  encodeSize,
  FrameReader,
  frameTypes,
  type LinkFile,
} from '../engine/shell/terminal-link';
import { readLink } from '../engine/shell/terminal-client';

/** Exit code when no shell could be had; 1 of the CLI's contract. */
const failed = 1;

type Terminal = { readonly input: ReadStream; readonly output: WriteStream };

/**
 * Attaches this process's terminal and waits for the end.
 * @returns the exit code to end with; problems are written to stderr
 */
export async function attach(linkFile: string): Promise<number> {
  const link = await readLink(linkFile);
  if (link === undefined) {
    process.stderr.write(
      'This shell is no longer offered: it was attached already, or its debug session has ended.\n',
    );
    return failed;
  }
  const terminal = { input: process.stdin, output: process.stdout };
  return new Promise((resolve) => {
    const socket = connect(link.address);
    let answered = false;
    /** The last frame is here; only what was printed before it still has to come out. */
    let ending = false;
    let letGo: () => void = () => undefined;
    const finish = (code: number, message?: string) => {
      if (answered) return;
      answered = true;
      if (terminal.input.isTTY) terminal.input.setRawMode(false);
      terminal.input.pause();
      letGo();
      socket.destroy();
      if (message !== undefined) process.stderr.write(`${message}\n`);
      resolve(code);
    };
    // What was printed last must be out before the process may end.
    const end = (code: number) => {
      ending = true;
      terminal.output.write('', () => finish(code));
    };
    socket.once('error', (error) => {
      if (!ending) finish(failed, `The debug session cannot be reached: ${error.message}`);
    });
    socket.once('close', () => {
      if (!ending) finish(failed, 'The debug session has ended.');
    });
    socket.once('connect', () => {
      socket.write(encodeFrame(frameTypes.greeting, Buffer.from(greeting(link, terminal))));
      letGo = forward(terminal, socket);
      show(terminal, socket, { end, fail: (message) => finish(failed, message) });
    });
  });
}

function greeting(link: LinkFile, { output }: Terminal): string {
  // Without a terminal there is no size; 24 × 80 is what every terminal began with.
  const [rows, columns] = output.isTTY ? [output.rows, output.columns] : [24, 80];
  return JSON.stringify({ token: link.token, rows, columns });
}

/** @returns lets go of the terminal, which others may want to read then */
function forward({ input, output }: Terminal, socket: Socket): () => void {
  if (input.isTTY) input.setRawMode(true);
  const send = (type: number, payload: Uint8Array) => {
    if (!socket.destroyed) socket.write(encodeFrame(type, payload));
  };
  const typed = (piece: Buffer) => send(frameTypes.input, piece);
  // End of input on a pipe is Ctrl-D for the remote terminal.
  const over = () => send(frameTypes.input, Buffer.from([0x04]));
  const resized = () => send(frameTypes.resize, encodeSize(output.rows, output.columns));
  input.on('data', typed);
  // A line editor that had the terminal before has paused it.
  input.resume();
  input.once('end', over);
  output.on('resize', resized);
  return () => {
    input.off('data', typed);
    input.off('end', over);
    output.off('resize', resized);
  };
}

function show(
  { output }: Terminal,
  socket: Socket,
  done: { end(code: number): void; fail(message: string): void },
): void {
  const reader = new FrameReader();
  const raw = output.isTTY && process.platform !== 'win32';
  socket.on('data', (piece: Buffer) => {
    let frames;
    try {
      frames = reader.push(piece);
    } catch (error) {
      done.fail(error instanceof Error ? error.message : String(error));
      return;
    }
    for (const { type, payload } of frames) {
      if (type === frameTypes.output) {
        if (!output.write(raw ? forRawTerminal(payload) : payload)) {
          socket.pause();
          output.once('drain', () => socket.resume());
        }
      } else if (type === frameTypes.exit) {
        done.end(payload.length === 4 ? payload.readInt32BE(0) : failed);
      } else if (type === frameTypes.failure) {
        done.fail(payload.toString('utf8'));
      }
    }
  });
}

const [LF, VT, CR] = [0x0a, 0x0b, 0x0d];

/**
 * Bytes that come out right of a terminal in Node's raw mode, which still writes CR LF for every LF
 * (libuv keeps ONLCR). So CR LF goes as LF, and a lone LF, with which full-screen programs move
 * down without moving left, as VT, which terminals treat as just that.
 */
export function forRawTerminal(data: Buffer): Buffer {
  const out = Buffer.alloc(data.length);
  let length = 0;
  for (const [index, byte] of data.entries()) {
    if (byte === CR && data[index + 1] === LF) continue;
    out[length++] = byte === LF && index > 0 && data[index - 1] !== CR ? VT : byte;
  }
  return out.subarray(0, length);
}
