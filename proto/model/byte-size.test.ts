import { expect, test } from 'vitest';
import { parseByteSize } from './byte-size';

test.each([
  ['0', 0],
  ['64m', 67108864],
  ['1.5g', 1610612736],
  ['2GB', 2147483648],
  ['10 kib', 10240],
  ['', undefined],
  ['many', undefined],
  ['10x', undefined],
])('%j is %s bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});
