import { expect, test } from 'vitest';
import { bytesText, parseByteSize } from './byte-size';

test.each([
  ['0', 0],
  ['64m', 67108864],
  ['1.5g', 1610612736],
  ['2GB', 2147483648],
  ['10 kib', 10240],
  ['1TiB', 1_099_511_627_776],
  ['0.5p', 562_949_953_421_312],
  ['1.', 1],
  ['.5k', 512],
  ['1e3', 1000],
  ['1 ', 1],
  ['1B', 1],
  ['', undefined],
  ['-1', undefined],
  ['1bb', undefined],
  ['1ib', undefined],
  ['1  m', undefined],
  [' 1', undefined],
  ['9e18k', undefined],
  ['many', undefined],
  ['10x', undefined],
])('%j is %s bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [99_600, '100 kB'],
  [612_345, '612 kB'],
  [999_700, '1.0 MB'],
  [2_500_000_000, '2.5 GB'],
])('%d bytes read as %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
