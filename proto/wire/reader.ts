/**
 * Reads the protobuf wire format. Pure: no Node, no I/O.
 *
 * 64-bit integers come out as bigint, always. LLB and the file protocol carry nanosecond times,
 * which pass 2^53; a number would silently round them and change cache keys.
 */

/** The bytes are not what their message type says. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const decoder = new TextDecoder();
/** Below this length a plain loop beats the fixed cost of a TextDecoder call. */
const shortText = 48;

export class WireReader {
  position: number;

  constructor(
    private readonly bytes: Uint8Array,
    start = 0,
    readonly end: number = bytes.length,
  ) {
    this.position = start;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  private byte(): number {
    const value = this.position < this.end ? this.bytes[this.position] : undefined;
    if (value === undefined) throw new WireError('message ends in the middle of a field');
    this.position++;
    return value;
  }

  /** An unsigned varint cut to 32 bits, as protobuf reads int32, uint32, bool, enum and tags. */
  uint32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new WireError('varint longer than ten bytes');
  }

  int32(): number {
    return this.uint32() | 0;
  }

  uint64(): bigint {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.byte();
      const part = byte & 0x7f;
      if (shift < 28) low |= part << shift;
      else if (shift === 28) {
        low |= part << 28;
        high |= part >>> 4;
      } else high |= part << (shift - 32);
      if (byte < 0x80) {
        return high === 0 ? BigInt(low >>> 0) : (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      }
    }
    throw new WireError('varint longer than ten bytes');
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  /** A view of the next length-delimited field; it shares memory with the message. */
  chunk(): Uint8Array {
    const start = this.enter();
    this.position = start.end;
    return this.bytes.subarray(start.start, start.end);
  }

  text(): string {
    const { start, end } = this.enter();
    this.position = end;
    if (end - start <= shortText) {
      let text = '';
      for (let index = start; index < end; index++) {
        const byte = this.bytes[index] ?? 0;
        if (byte >= 0x80) return decoder.decode(this.bytes.subarray(start, end));
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return decoder.decode(this.bytes.subarray(start, end));
  }

  /** A reader of the next length-delimited field, which this reader then has behind it. */
  nested(): WireReader {
    const { start, end } = this.enter();
    this.position = end;
    return new WireReader(this.bytes, start, end);
  }

  skip(wireType: number): void {
    switch (wireType) {
      case WireType.varint:
        this.uint64();
        return;
      case WireType.fixed64:
        this.advance(8);
        return;
      case WireType.bytes:
        this.position = this.enter().end;
        return;
      case WireType.fixed32:
        this.advance(4);
        return;
      default:
        throw new WireError(`wire type ${wireType} is not in use`);
    }
  }

  private advance(count: number): void {
    if (this.position + count > this.end) throw new WireError('field longer than its message');
    this.position += count;
  }

  private enter(): { start: number; end: number } {
    const length = this.uint32();
    const start = this.position;
    if (length > this.end - start) throw new WireError('field longer than its message');
    return { start, end: start + length };
  }
}
