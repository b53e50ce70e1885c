import { describe, expect, test } from 'vitest';
import { sourceExcerpt } from './excerpt';

const ten = Array.from({ length: 10 }, (_, at) => `line ${at + 1}`).join('\n') + '\n';

describe('the lines of a failure', () => {
  test.each<[string, string, number, number, string[] | undefined]>([
    [
      'one line stands between two on each side',
      ten,
      9,
      9,
      ['   7 |     line 7', '   8 |     line 8', '   9 | >>> line 9', '  10 |     line 10'],
    ],
    [
      'several stand between one on each side',
      ten,
      2,
      3,
      ['  1 |     line 1', '  2 | >>> line 2', '  3 | >>> line 3', '  4 |     line 4'],
    ],
    ['the first line of a short text', 'FROM x', 1, 1, ['  1 | >>> FROM x']],
    ['an end beyond the text', 'a\r\nb\r\n', 2, 9, ['  1 |     a', '  2 | >>> b']],
    [
      'an empty line has no trailing blanks',
      'a\n\nb',
      3,
      3,
      ['  1 |     a', '  2 |', '  3 | >>> b'],
    ],
    ['what moves a cursor is taken out', '\tRUN \x1b[2Jx', 1, 1, ['  1 | >>>     RUN \ufffd[2Jx']],
    ['a long line is cut', 'x'.repeat(300), 1, 1, [`  1 | >>> ${'x'.repeat(200)}…`]],
    ['a line that is not there', 'a', 2, 2, undefined],
    ['a text that is not had', '', 0, 0, undefined],
  ])('%s', (_, text, first, last, lines) => {
    expect(sourceExcerpt(text, first, last)?.split('\n')).toEqual(lines);
  });

  test('a long instruction is cut', () => {
    const text = Array.from({ length: 40 }, (_, at) => `${at + 1}`).join('\n');
    const lines = sourceExcerpt(text, 10, 30)?.split('\n') ?? [];
    expect(lines.slice(0, 2)).toEqual(['   9 |     9', '  10 | >>> 10']);
    expect(lines.slice(-2)).toEqual(['  21 | >>> 21', '     | >>> … 9 more lines']);
  });
});
