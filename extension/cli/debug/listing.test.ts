import { expect, test } from 'vitest';
import { listing } from './listing';

const text = Array.from({ length: 12 }, (_, index) => `line ${index + 1}\n`).join('');
const plain = { mark: (row: string) => row, width: undefined };

test('shows the lines around a statement, and marks those that are its own', () => {
  const mark = (row: string) => `<${row}>`;
  expect(listing(text, 8, 9, { mark, width: undefined }).split('\n')).toEqual([
    '   4  line 4',
    '   5  line 5',
    '   6  line 6',
    '   7  line 7',
    '<→  8  line 8>',
    '<   9  line 9>',
    '  10  line 10',
    '  11  line 11',
    '  12  line 12',
  ]);
});

test('ends where the file does', () => {
  expect(listing('FROM a\r\nRUN b\r\n', 1, 1, plain)).toBe('→ 1  FROM a\n  2  RUN b');
  expect(listing('', 1, 1, plain)).toBe('');
});

test('cuts what is wider than the terminal', () => {
  expect(listing('RUN 123456789', 1, 1, { ...plain, width: 10 })).toBe('→ 1  RUN …');
});
