/**
 * The terminal's end of the link, for terminals that are drawn in this process. What comes out is
 * handed over as it comes; who asks to be told late (a terminal that is not drawn yet) gets it all.
 */
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { isRecord } from '../profile/decode';
import {
  encodeFrame,
  encodeSize,
  FrameReader,
  frameTypes,
  type Greeting,
  type LinkFile,
} from './terminal-link';

/** The link file's content; the file goes, because its token works once. */
export async function readLink(path: string): Promise<LinkFile | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
  await rm(path, { force: true });
  if (!isRecord(value)) return undefined;
  const { address, token } = value;
  return typeof address === 'string' && typeof token === 'string' ? { address, token } : undefined;
}

/** What a shell says. Exactly one of `exit` and `lost` comes, and nothing after it. */
export type ShellListener = {
  readonly output: (data: Buffer) => void;
  readonly exit: (code: number) => void;
  /** There is no shell, or it is gone with its session; the text says why where that is known. */
  readonly lost: (reason: string | undefined) => void;
};

export type AttachedShell = {
  readonly write: (data: Uint8Array) => void;
  readonly resize: (rows: number, columns: number) => void;
  /** Ends the shell; nothing is told any more. */
  readonly close: () => void;
};

/** Starts the shell that a link leads to, in a terminal of some size. */
export function attachShell(
  link: LinkFile,
  size: { readonly rows: number; readonly columns: number },
  listener: ShellListener,
): AttachedShell {
  const socket = connect(link.address);
  const reader = new FrameReader();
  let isOver = false;
  const over = (tell: () => void) => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    tell();
  };
  const send = (type: number, payload: Uint8Array) => {
    if (!isOver) socket.write(encodeFrame(type, payload));
  };
  const greeting: Greeting = { token: link.token, ...size };
  send(frameTypes.greeting, Buffer.from(JSON.stringify(greeting)));
  socket.on('data', (piece: Buffer) => {
    try {
      for (const { type, payload } of reader.push(piece)) {
        if (isOver) return;
        if (type === frameTypes.output) listener.output(payload);
        else if (type === frameTypes.exit) over(() => listener.exit(payload.readInt32BE(0)));
        else if (type === frameTypes.failure) over(() => listener.lost(payload.toString('utf8')));
      }
    } catch (error) {
      over(() => listener.lost(error instanceof Error ? error.message : String(error)));
    }
  });
  socket.once('error', (error) => over(() => listener.lost(error.message)));
  socket.once('close', () => over(() => listener.lost(undefined)));
  return {
    write: (data) => send(frameTypes.input, data),
    resize: (rows, columns) => send(frameTypes.resize, encodeSize(rows, columns)),
    close: () => over(() => undefined),
  };
}
