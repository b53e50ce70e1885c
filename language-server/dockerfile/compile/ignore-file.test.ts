import { describe, expect, it } from 'vitest';
import { IgnoreMatcher, ignorePatterns } from './ignore-file';

it('reads patterns as BuildKit cleans them', () => {
  const content = '\ufeff# comment\n/rooted\r\n ./dot/slash/ \n! /kept\n\n**/*.tmp\n';
  expect(ignorePatterns(content)).toEqual(['rooted', 'dot/slash', '!kept', '**/*.tmp']);
});

describe('a path is ignored by', () => {
  it.each([
    ['its name', ['a.txt'], 'a.txt', true],
    ['a folder above it', ['node_modules'], 'node_modules/x/y.js', true],
    ['a star, within one folder', ['*.log'], 'a/b.log', false],
    ['a double star, in any folder', ['**/*.log'], 'a/b.log', true],
    ['a suffix after a double star, inside a name too', ['**log'], 'a/blog', true],
    ['nothing after an exception', ['*', '!keep'], 'keep', false],
    ['a character class', ['[ab].c'], 'b.c', true],
    ['an escaped star only as itself', ['\\*'], 'x', false],
  ])('%s', (_what, patterns, path, expected) => {
    expect(new IgnoreMatcher(patterns).ignores(path)).toBe(expected);
  });
});

it.each([['!'], ['[a'], ['a\\']])('the pattern %s is refused', (pattern) => {
  expect(() => new IgnoreMatcher([pattern])).toThrow();
});
