/**
 * Lets headers of any length through to Node's HTTP/2.
 *
 * BuildKit puts the whole text that a failure is about into a header, and the library below Node
 * takes no value above 64 KiB and no block of more than nine frames: it would end the connection
 * with all its calls, and tell nobody. So the frames that come in are looked at on their way: values
 * that are long are taken out of their block and kept aside, by stream; all else passes as it is.
 */
import { Duplex } from 'node:stream';
import { decodeHeaderText, headerFields } from './header-compression';

/** What must be announced on the connection, or fields would refer to each other. */
export const settingsForLongHeaders = { headerTableSize: 0 };

/** A block up to this long is passed on without a look. Bytes. */
const shortBlock = 32 * 1024;
/** A value longer than this is kept aside. Bytes, as they are written. */
const longValue = 8 * 1024;
/** No frame is longer unless we allow it, which we do not. Bytes. */
const largestFrame = 16 * 1024;
/** Much above what is announced as the largest list; so much is never collected. Bytes. */
const largestBlock = 64 * 1024 * 1024;

const headBytes = 9;
const frameType = { headers: 1, continuation: 9 };
const flag = { endHeaders: 0x04, padded: 0x08, priority: 0x20 };

/** Of a stream, the values that were kept aside, by the header's name. */
export type LongValues = Readonly<Record<string, string>>;
const none: LongValues = {};

export class LongHeaders {
  private readonly byStream = new Map<number, LongValues>();

  /** The connection for HTTP/2 to work on. */
  on(connection: Duplex): Duplex {
    return new Watched(connection, new FrameFilter((id, values) => this.byStream.set(id, values)));
  }

  /** What a stream's headers were too long for; to be asked once, when they have come. */
  take(stream: number | undefined): LongValues {
    if (stream === undefined) return none;
    const values = this.byStream.get(stream) ?? none;
    this.byStream.delete(stream);
    return values;
  }
}

/** A connection whose incoming bytes go through a filter. */
class Watched extends Duplex {
  constructor(
    private readonly connection: Duplex,
    filter: FrameFilter,
  ) {
    super();
    connection.on('data', (chunk: Buffer) => {
      let wantsMore = true;
      for (const piece of filter.take(chunk)) wantsMore = this.push(piece);
      if (!wantsMore) connection.pause();
      if (filter.isOverfull) this.destroy(new Error('headers of more than 64 MiB'));
    });
    connection.once('end', () => this.push(null));
    connection.once('error', (error) => this.destroy(error));
    connection.once('close', () => this.destroy());
  }

  override _read(): void {
    this.connection.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.connection.write(chunk, done);
  }

  override _writev(
    chunks: readonly { readonly chunk: Buffer }[],
    done: (error?: Error | null) => void,
  ): void {
    this.connection.cork();
    chunks.forEach(({ chunk }, index) => {
      if (index === chunks.length - 1) this.connection.write(chunk, done);
      else this.connection.write(chunk);
    });
    this.connection.uncork();
  }

  override _final(done: () => void): void {
    this.connection.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.connection.destroy();
    done(error);
  }
}

/** The frames of a header block, until its last has come. */
type Block = {
  /** The first frame's head. */
  readonly head: Uint8Array;
  /** Heads and payloads as they came. */
  readonly frames: Uint8Array[];
  readonly payloads: Uint8Array[];
  length: number;
};

class FrameFilter {
  /** The beginning of a head, or of a frame that belongs to a header block. */
  private unread: Uint8Array = new Uint8Array();
  /** How much of a frame that passes is still to come. */
  private passing = 0;
  private block: Block | undefined;

  constructor(private readonly keep: (stream: number, values: LongValues) => void) {}

  get isOverfull(): boolean {
    return (this.block?.length ?? 0) > largestBlock;
  }

  /** @returns what passes; may share memory with the chunk */
  take(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
    const passed: Uint8Array[] = [];
    // Frames that pass and follow each other pass in one piece.
    let from = 0;
    let at = Math.min(this.passing, bytes.length);
    this.passing -= at;
    while (this.passing === 0 && at + headBytes <= bytes.length) {
      const head = bytes.subarray(at, at + headBytes);
      const end = at + headBytes + lengthOf(head);
      if (isOfHeaders(head)) {
        if (end > bytes.length) break;
        if (at > from) passed.push(bytes.subarray(from, at));
        passed.push(...this.collect(bytes.subarray(at, end)));
        from = end;
        at = end;
      } else {
        at = Math.min(end, bytes.length);
        this.passing = end - at;
      }
    }
    if (at > from) passed.push(bytes.subarray(from, at));
    this.unread = bytes.subarray(at);
    return passed;
  }

  /** Adds a frame to its block. @returns the frames of the block when it is whole */
  private collect(frame: Uint8Array): readonly Uint8Array[] {
    const head = frame.subarray(0, headBytes);
    this.block ??= { head, frames: [], payloads: [], length: 0 };
    const { block } = this;
    block.frames.push(frame);
    block.payloads.push(payloadOf(frame));
    block.length += frame.length - headBytes;
    if ((flagsOf(head) & flag.endHeaders) === 0) return [];
    this.block = undefined;
    return block.length <= shortBlock ? block.frames : this.shortened(block);
  }

  private shortened({ head, frames, payloads }: Block): readonly Uint8Array[] {
    const fields = headerFields(Buffer.concat(payloads));
    // What we do not understand is left to HTTP/2.
    if (fields === undefined) return frames;
    const values: Record<string, string> = {};
    const kept: Uint8Array[] = [];
    for (const { bytes, name, value } of fields) {
      const isLong = name !== undefined && value !== undefined && value.bytes.length > longValue;
      const header = isLong ? decodeHeaderText(name) : undefined;
      const text = isLong ? decodeHeaderText(value) : undefined;
      if (header === undefined || text === undefined) kept.push(bytes);
      else values[header] = text;
    }
    this.keep(streamOf(head), values);
    return framesOf(head, Buffer.concat(kept));
  }
}

/** A header block in frames of an allowed size. */
function framesOf(first: Uint8Array, block: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < block.length; at += largestFrame) {
    const payload = block.subarray(at, at + largestFrame);
    const isFirst = at === 0;
    const isLast = at + largestFrame >= block.length;
    const head = Buffer.from(first);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = isFirst ? frameType.headers : frameType.continuation;
    const own = isFirst ? flagsOf(first) & ~(flag.padded | flag.priority | flag.endHeaders) : 0;
    head[4] = own | (isLast ? flag.endHeaders : 0);
    frames.push(head, payload);
  }
  return frames;
}

function isOfHeaders(head: Uint8Array): boolean {
  return head[3] === frameType.headers || head[3] === frameType.continuation;
}

function lengthOf(head: Uint8Array): number {
  return ((head[0] ?? 0) << 16) | ((head[1] ?? 0) << 8) | (head[2] ?? 0);
}

function flagsOf(head: Uint8Array): number {
  return head[4] ?? 0;
}

function streamOf(head: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(5);
  return ((a & 0x7f) << 24) | (b << 16) | (c << 8) | d;
}

/** A frame's part of the block: without padding and priority, which only a first frame has. */
function payloadOf(frame: Uint8Array): Uint8Array {
  const payload = frame.subarray(headBytes);
  if (frame[3] !== frameType.headers) return payload;
  const flags = flagsOf(frame);
  const isPadded = (flags & flag.padded) !== 0;
  const start = (isPadded ? 1 : 0) + ((flags & flag.priority) !== 0 ? 5 : 0);
  return payload.subarray(start, payload.length - (isPadded ? (payload[0] ?? 0) : 0));
}
