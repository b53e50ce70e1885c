import { describe, expect, test } from 'vitest';
import { BadPattern, goGlob } from './go-glob';

describe('goGlob', () => {
  test.each([
    ['abc', 'abc', true],
    ['*', 'abc', true],
    ['*c', 'abc', true],
    ['a*/b', 'abc/b', true],
    ['a*/b', 'a/c/b', false],
    ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
    ['a???z', 'aüüüz', true],
    ['ab[b-d]', 'abc', true],
    ['ab[e-g]', 'abc', false],
    ['ab[^c]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'ab', false],
    ['[a-ζ]*', 'α', true],
    ['[\\]a]', ']', true],
    ['[\\-]', '-', true],
    ['[z-a]', 'b', false],
    ['a.c', 'abc', false],
    ['a{b}', 'a{b}', true],
  ])('%s on %s: %s', (pattern, name, matches) => {
    expect(goGlob(pattern).test(name)).toBe(matches);
  });

  test.each([['['], ['[]a]'], ['[-]'], ['[a-]'], ['[a'], ['a\\'], ['[^'], ['[^]']])(
    '%s is malformed',
    (pattern) => {
      expect(() => goGlob(pattern)).toThrow(BadPattern);
    },
  );
});
