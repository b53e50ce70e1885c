/** Cuts a gRPC byte stream into messages: one byte of flags, four of length, then the message. */
import type { Readable } from 'node:stream';
import { prefixLength } from './framing';

/** Nothing that a daemon sends to a session is near this; it bounds what a hostile one can make us hold. */
const largestMessage = 64 * 1024 * 1024;

export class MessageReader {
  private readonly chunks: Buffer[] = [];
  private available = 0;

  /** @param largest bytes of a message that are still taken */
  constructor(
    private readonly stream: Readable,
    private readonly largest: number = largestMessage,
  ) {}

  /** @throws Error on a compressed, oversized or cut message */
  async *messages(): AsyncGenerator<Uint8Array> {
    // A service that has read enough must still be able to answer: the stream stays open.
    const chunks: AsyncIterable<unknown> = this.stream.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      if (!(chunk instanceof Buffer)) throw new Error('the stream must carry bytes');
      this.chunks.push(chunk);
      this.available += chunk.length;
      for (let message = this.next(); message !== undefined; message = this.next()) yield message;
    }
    if (this.available > 0) throw new Error('the stream ends in the middle of a message');
  }

  private next(): Uint8Array | undefined {
    if (this.available < prefixLength) return undefined;
    const prefix = this.peek(prefixLength);
    if (prefix[0] !== 0) throw new Error('compressed messages are not supported');
    const length = prefix.readUInt32BE(1);
    if (length > this.largest) throw new Error(`a message of ${length} bytes is too large`);
    if (this.available < prefixLength + length) return undefined;
    return this.take(prefixLength + length).subarray(prefixLength);
  }

  private peek(count: number): Buffer {
    const [first] = this.chunks;
    if (first !== undefined && first.length >= count) return first;
    return this.joined();
  }

  private take(count: number): Buffer {
    let [first] = this.chunks;
    if (first === undefined || first.length < count) first = this.joined();
    this.available -= count;
    if (first.length === count) this.chunks.shift();
    else this.chunks[0] = first.subarray(count);
    return first.subarray(0, count);
  }

  private joined(): Buffer {
    const all = Buffer.concat(this.chunks);
    this.chunks.splice(0, this.chunks.length, all);
    return all;
  }
}
