import { describe, expect, it } from 'vitest';
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
});
