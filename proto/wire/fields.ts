/**
 * Walks protobuf bytes without decoding them, telling where each field's value lies.
 *
 * Raw op bytes must never be encoded again; whoever wants to change a value of equal length (see
 * neutral-digest.ts) needs its place instead.
 */

export type WireField = {
  readonly number: number;
  /** 0 varint, 1 fixed64, 2 length-delimited, 5 fixed32. */
  readonly type: number;
  /** Offsets of the value itself, after tag and length. */
  readonly start: number;
  readonly end: number;
};

/** Reads the fields of the message at `bytes[start, end)`; stops quietly where the bytes are not protobuf. */
export function* wireFields(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Generator<WireField, void, undefined> {
  let at = start;
  while (at < end) {
    const tag = varint(bytes, at, end);
    if (tag === undefined) return;
    const type = tag.value & 7;
    const number = tag.value >>> 3;
    const value = valueSpan(bytes, type, tag.next, end);
    if (value === undefined) return;
    yield { number, type, start: value.start, end: value.end };
    at = value.end;
  }
}

function valueSpan(
  bytes: Uint8Array,
  type: number,
  at: number,
  end: number,
): { start: number; end: number } | undefined {
  if (type === 2) {
    const length = varint(bytes, at, end);
    if (length === undefined || length.next + length.value > end) return undefined;
    return { start: length.next, end: length.next + length.value };
  }
  if (type === 0) {
    const value = varint(bytes, at, end);
    return value && { start: at, end: value.next };
  }
  const size = type === 1 ? 8 : type === 5 ? 4 : undefined;
  return size === undefined || at + size > end ? undefined : { start: at, end: at + size };
}

/** Tags and lengths stay far below 2^32, so the low 32 bits are the value. */
function varint(
  bytes: Uint8Array,
  at: number,
  end: number,
): { value: number; next: number } | undefined {
  let value = 0;
  for (let shift = 0, next = at; next < end && shift < 70; shift += 7) {
    const byte = bytes[next++] ?? 0;
    if (shift < 32) value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: value >>> 0, next };
  }
  return undefined;
}
