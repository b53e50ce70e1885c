import { describe, expect, it } from 'vitest';
import { WireReader } from './reader';
import { WireWriter } from './writer';

describe('WireWriter', () => {
  it('keeps a string wherever its memory ends', () => {
    const text = '1000:100';
    for (let before = 1000; before < 1040; before++) {
      const writer = new WireWriter();
      writer.bytes(1, new Uint8Array(before));
      writer.string(2, text);
      const written = writer.finish();
      const end = new TextDecoder().decode(written.subarray(-text.length));
      expect([before, end]).toEqual([before, text]);
    }
  });

  it.each([
    2n ** 49n - 1n,
    2n ** 49n,
    2n ** 53n,
    2n ** 56n - 1n,
    2n ** 63n - 1n,
    -1n,
    -(2n ** 63n),
  ])('keeps all 64 bits of %s', (value) => {
    const writer = new WireWriter();
    writer.integer(1, value);
    expect(new WireReader(writer.finish().subarray(1)).int64()).toBe(value);
  });
});
