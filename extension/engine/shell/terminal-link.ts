/**
 * The link between the adapter, which holds a shell's process in the build, and the terminal that
 * shows it.
 *
 * The terminal's process connects to a private socket, proves itself with a token that works once,
 * and then both sides exchange small frames: a type byte, a length (4 bytes, big endian) and the
 * payload. This file is the wire only; `terminal-server.ts` and `cli/attach.ts` are its two ends.
 */

/** What travels; numbers are the type bytes. */
export const frameTypes = {
  /** terminal → adapter: UTF-8 JSON {@link Greeting}. */
  greeting: 1,
  /** terminal → adapter: bytes typed. */
  input: 2,
  /** terminal → adapter: rows and columns, two bytes each, big endian. */
  resize: 3,
  /** adapter → terminal: bytes to show. */
  output: 16,
  /** adapter → terminal: the process's exit code, 4 bytes; the last frame. */
  exit: 17,
  /** adapter → terminal: UTF-8 text of why there is no process; the last frame. */
  failure: 18,
} as const;

export type LinkFrame = { readonly type: number; readonly payload: Buffer };

/** The first frame. */
export type Greeting = { readonly token: string; readonly rows: number; readonly columns: number };

/** What the link file holds; whoever can read it may attach, once. */
export type LinkFile = { readonly address: string; readonly token: string };

const headerLength = 5;
/** A terminal's frames are small; a larger one is not from our own program. */
const longestPayload = 16 * 1024 * 1024;

export function encodeFrame(type: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(payload.length, 1);
  return Buffer.concat([header, payload]);
}

export function encodeSize(rows: number, columns: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(Math.min(Math.max(rows, 0), 0xffff), 0);
  bytes.writeUInt16BE(Math.min(Math.max(columns, 0), 0xffff), 2);
  return bytes;
}

/** Undefined when the payload has another length than {@link encodeSize} makes. */
export function decodeSize(payload: Buffer): { rows: number; columns: number } | undefined {
  if (payload.length !== 4) return undefined;
  return { rows: payload.readUInt16BE(0), columns: payload.readUInt16BE(2) };
}

export function encodeExit(code: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(code | 0, 0);
  return bytes;
}

/** Cuts a byte stream into frames. @throws Error when a frame is too large to be ours */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  push(piece: Buffer): LinkFrame[] {
    this.rest = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    const frames: LinkFrame[] = [];
    while (this.rest.length >= headerLength) {
      const length = this.rest.readUInt32BE(1);
      if (length > longestPayload) throw new Error('a frame of the terminal link is too large');
      if (this.rest.length < headerLength + length) break;
      frames.push({
        type: this.rest.readUInt8(0),
        payload: this.rest.subarray(headerLength, headerLength + length),
      });
      this.rest = this.rest.subarray(headerLength + length);
    }
    return frames;
  }
}
