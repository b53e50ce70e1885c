/**
 * Writes protobuf messages field by field. Pure: no Node, no I/O.
 *
 * It follows proto3: default values are left out, negative numbers take ten bytes, sub-messages that
 * are set are written even when empty. The order of fields is the caller's, because Go's order, which
 * op digests depend on, is not that of the field numbers.
 */
import { WireType } from './reader';

/** A string that is not valid Unicode; Go's marshaller fails with these words. */
export class InvalidUtf8Error extends Error {
  override readonly name = 'InvalidUtf8Error';
  constructor() {
    super('string field contains invalid UTF-8');
  }
}

const encoder = new TextEncoder();

export class WireWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param expected bytes to allocate at first; the memory doubles when it is full. */
  constructor(expected = 256) {
    this.#buffer = new Uint8Array(expected);
  }

  /** Bytes written. */
  get length(): number {
    return this.#length;
  }

  /** What has been written, without a copy: the writer is not to be used again. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** A copy of what has been written. */
  copy(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  /** Forgets what has been written and keeps the memory. */
  reset(): void {
    this.#length = 0;
  }

  /** @throws {InvalidUtf8Error} for a lone surrogate. */
  string(field: number, value: string): void {
    if (value !== '') this.stringAlways(field, value);
  }

  /** An element of a repeated field or a map: written even when empty. */
  stringAlways(field: number, value: string): void {
    this.#tag(field, WireType.bytes);
    const start = this.#length;
    this.#reserve(value.length + 1);
    let at = this.#length + 1;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) {
        this.#wideString(value);
        return;
      }
      this.#buffer[at++] = code;
    }
    this.#length = at;
    this.#closeLength(start);
  }

  strings(field: number, values: readonly string[]): void {
    for (const value of values) this.stringAlways(field, value);
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length > 0) this.bytesAlways(field, value);
  }

  bytesAlways(field: number, value: Uint8Array): void {
    this.#tag(field, WireType.bytes);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  bool(field: number, value: boolean): void {
    if (value) this.integer(field, 1);
  }

  /** int32, int64, uint32 or an enum, as a number or a bigint. */
  integer(field: number, value: number | bigint): void {
    if (value !== 0 && value !== 0n) this.integerAlways(field, value);
  }

  /** A oneof's number: written even when 0. */
  integerAlways(field: number, value: number | bigint): void {
    this.#tag(field, WireType.varint);
    this.#integer(value);
  }

  /** A repeated number, which proto3 packs into one field. */
  integers(field: number, values: readonly (number | bigint)[]): void {
    if (values.length === 0) return;
    this.message(field, () => {
      for (const value of values) this.#integer(value);
    });
  }

  /** A sub-message that is set. */
  message(field: number, write: () => void): void {
    const start = this.open(field);
    write();
    this.close(start);
  }

  /** Begins a sub-message; what it gives is for {@link close}. For messages that there are many of. */
  open(field: number): number {
    this.#tag(field, WireType.bytes);
    const start = this.#length;
    this.#reserve(1);
    this.#length = start + 1;
    return start;
  }

  /** Ends the sub-message that began last. */
  close(start: number): void {
    this.#closeLength(start);
  }

  /** A map from string to string, its entries sorted by the keys' bytes as Go sorts them. */
  stringMap(field: number, map: Readonly<Record<string, string>>): void {
    for (const key of sortedKeys(map)) {
      this.message(field, () => {
        this.stringAlways(1, key);
        this.stringAlways(2, map[key] ?? '');
      });
    }
  }

  #wideString(value: string): void {
    if (/[\ud800-\udfff]/.test(value) && !wellFormed(value)) throw new InvalidUtf8Error();
    const bytes = encoder.encode(value);
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Writes the length of what follows the byte at `start`, making room where one byte is not enough. */
  #closeLength(start: number): void {
    const length = this.#length - start - 1;
    const extra = varintSize(length) - 1;
    // Before going back to `start`: growing keeps only what lies before `#length`.
    this.#reserve(10);
    if (extra > 0) {
      this.#buffer.copyWithin(start + 1 + extra, start + 1, this.#length);
    }
    this.#length = start;
    this.#varint(length);
    this.#length += length;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  /** Negative values take ten bytes: protobuf sign-extends int32 to 64 bits. */
  #integer(value: number | bigint): void {
    if (typeof value === 'number' && Number.isSafeInteger(value)) {
      if (value >= 0) this.#varint(value);
      else this.#negative(value);
    } else this.#bigVarint(BigInt.asUintN(64, BigInt(value)));
  }

  #varint(value: number): void {
    if (value < 0x80 && this.#length < this.#buffer.length) {
      this.#buffer[this.#length++] = value;
      return;
    }
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
  }

  /** Two's complement in 64 bits, seven at a time; the last byte holds the one bit that is left. */
  #negative(value: number): void {
    this.#reserve(10);
    let rest = value;
    for (let count = 0; count < 9; count++) {
      const above = Math.floor(rest / 0x80);
      this.#buffer[this.#length++] = (rest - above * 0x80) | 0x80;
      rest = above;
    }
    this.#buffer[this.#length++] = 1;
  }

  /** Seven bytes at a time as a number: each operation on a bigint makes a new one. */
  #bigVarint(value: bigint): void {
    const above = Number(value >> 49n);
    let rest = Number(BigInt.asUintN(49, value));
    if (above === 0) {
      this.#varint(rest);
      return;
    }
    this.#reserve(10);
    for (let count = 0; count < 7; count++) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#varint(above);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function wellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/** The keys of a map as Go sorts them: by code points. */
export function sortedKeys(map: Readonly<Record<string, unknown>>): string[] {
  const keys = Object.keys(map);
  if (keys.some((key) => /[\ud800-\udfff]/.test(key))) {
    return keys.sort((a, b) => compareArrays(encoder.encode(a), encoder.encode(b)));
  }
  return keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function compareArrays(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
