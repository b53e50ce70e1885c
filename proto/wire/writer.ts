/** Writes the protobuf wire format into one growing buffer. Pure: no Node, no I/O. */

const encoder = new TextEncoder();

export class WireWriter {
  private buffer: Uint8Array;
  private length = 0;

  /** @param expected bytes to allocate at first; the buffer doubles when it is full. */
  constructor(expected = 256) {
    this.buffer = new Uint8Array(expected);
  }

  /** What was written, without a copy. */
  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  tag(field: number, wireType: number): void {
    this.uint32(((field << 3) | wireType) >>> 0);
  }

  uint32(value: number): void {
    this.reserve(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** Negative values take ten bytes: protobuf sign-extends int32 to 64 bits. */
  int32(value: number): void {
    if (value >= 0) this.uint32(value);
    else this.uint64(BigInt.asUintN(64, BigInt(value)));
  }

  uint64(value: bigint): void {
    this.reserve(10);
    let low = Number(value & 0xffffffffn);
    let high = Number((value >> 32n) & 0xffffffffn);
    while (high !== 0 || low > 0x7f) {
      this.buffer[this.length++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.buffer[this.length++] = low;
  }

  int64(value: bigint): void {
    this.uint64(BigInt.asUintN(64, value));
  }

  chunk(bytes: Uint8Array): void {
    this.uint32(bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  text(value: string): void {
    this.chunk(encoder.encode(value));
  }

  /** Writes a length-delimited field whose length is only known once `body` has run. */
  nested(body: () => void): void {
    const start = this.length;
    body();
    const size = this.length - start;
    let prefix = 1;
    for (let rest = size >>> 7; rest !== 0; rest >>>= 7) prefix++;
    this.reserve(prefix);
    this.buffer.copyWithin(start + prefix, start, this.length);
    this.length = start;
    this.uint32(size);
    this.length = start + prefix + size;
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }
}
