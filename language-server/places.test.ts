import { TextDocument } from 'vscode-languageserver-textdocument';
import { describe, expect, test } from 'vitest';
import { firstLine, rangeOfLines, rangeOfSpan } from './places';

const document = TextDocument.create('file:///D', 'dockerfile', 1, 'FROM a\n  RUN x \\\n    y  \n');

describe('places in a document', () => {
  test.each([
    [{ first: 1, last: 1 }, '0:0-0:6'],
    [{ first: 2, last: 3 }, '1:2-2:5'],
    // BuildKit's line 0 is the first; lines past the end are the last.
    [{ first: 0, last: 0 }, '0:0-0:6'],
    [{ first: 9, last: 12 }, '3:0-3:0'],
  ])('lines %j are %s', (lines, expected) => {
    expect(text(rangeOfLines(document, lines))).toBe(expected);
  });

  test('a span of UTF-16 offsets', () => {
    expect(text(rangeOfSpan(document, { start: 9, end: 12 }))).toBe('1:2-1:5');
  });

  test('what has no place is shown on the first line', () => {
    expect(text(firstLine(document))).toBe('0:0-0:6');
  });
});

const text = ({ start, end }: ReturnType<typeof firstLine>): string =>
  `${start.line}:${start.character}-${end.line}:${end.character}`;
