import { describe, expect, test } from 'vitest';
import { Deframer, frame, FramingError } from './framing';

function cut(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

describe('DAP framing', () => {
  const messages = [{ seq: 1 }, { text: 'größe – 構築 🐳' }, {}, { long: 'x'.repeat(70_000) }];
  const wire = Buffer.concat(messages.map(frame));

  test.each([1, 2, 7, 4096, wire.length])(
    'gives back messages that arrive in pieces of %i bytes',
    (size) => {
      const deframer = new Deframer();
      const bodies = cut(wire, size).flatMap((piece) => deframer.push(piece));
      expect(bodies.map((body): unknown => JSON.parse(body))).toEqual(messages);
    },
  );

  test('counts bytes, not characters', () => {
    expect(frame({ a: 'é' }).toString()).toBe('Content-Length: 10\r\n\r\n{"a":"é"}');
  });

  test('accepts other headers and any case', () => {
    const deframer = new Deframer();
    expect(deframer.push(Buffer.from('Content-Type: x\r\ncontent-length: 2\r\n\r\n{}'))).toEqual([
      '{}',
    ]);
  });

  test.each(['Content-Type: x\r\n\r\n{}', 'Content-Length: many\r\n\r\n{}', 'x'.repeat(9000)])(
    'refuses a stream that is not DAP',
    (text) => {
      expect(() => new Deframer().push(Buffer.from(text))).toThrow(FramingError);
    },
  );
});
