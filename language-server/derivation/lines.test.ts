import { describe, expect, it } from 'vitest';
import { bytesOf, byteStringOfText } from './byte-string';
import { linesOf } from './lines';

const lines = linesOf(bytesOf(byteStringOfText('ab\nü€😀x\n\nend')));

describe('linesOf', () => {
  it.each([
    [0, 0, 0],
    [2, 0, 2],
    [3, 1, 0],
    [5, 1, 1],
    [8, 1, 2],
    [12, 1, 4],
    [14, 2, 0],
    [18, 3, 3],
  ])('byte %i is line %i, character %i, and back', (offset, line, character) => {
    expect(lines.position(offset)).toEqual({ line, character });
    expect(lines.offset({ line, character })).toBe(offset);
  });

  it('counts lines from 1 for BuildKit', () => {
    expect(lines.sourceRange({ start: 3, end: 5 })).toEqual({
      start: { line: 2, character: 0 },
      end: { line: 2, character: 1 },
    });
  });
});
