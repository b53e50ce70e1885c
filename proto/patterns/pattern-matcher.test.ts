import { describe, expect, test } from 'vitest';
import { BadPattern } from './go-glob';
import { PatternMatcher } from './pattern-matcher';

describe('PatternMatcher', () => {
  // pattern list, path, whether it matches: behaviour documented for .dockerignore.
  test.each([
    [['**'], 'file', true],
    [['**'], 'dir/file', true],
    [['**/'], 'file', true],
    [['**/**'], 'dir/file', true],
    [['dir/**'], 'dir/file', true],
    [['dir/**'], 'dir', false],
    [['dir/**'], 'dir2/file', false],
    [['**/dir'], 'dir', true],
    [['**/dir'], 'dir/file', true],
    [['**/dir2/*'], 'dir/dir2/file', true],
    [['**/dir2/*'], 'dir/dir2/dir2/file', true],
    [['**file'], 'dir/file', true],
    [['**/file'], 'file', true],
    [['**file'], 'dir/dir/file.txt', false],
    [['**/file*txt'], 'dir/dir/file.txt', true],
    [['**/file*.txt*'], 'dir/dir/file.txt', true],
    [['**/**/*.txt'], 'dir/dir/file.txt', true],
    [['**/**/*.txt2'], 'dir/dir/file.txt', false],
    [['a**/*.txt'], 'a/dir/file.txt', true],
    [['a**/*.txt'], 'a/file.txt', true],
    [['a[b-d]e'], 'ae', false],
    [['a[b-d]e'], 'ace', true],
    [['a[^b-d]e'], 'aze', true],
    [['.*'], '.foo', true],
    [['.*'], 'foo', false],
    [['abc.def'], 'abcdef', false],
    [['a\\*b'], 'a*b', true],
    [['a\\?b'], 'axb', false],
    [['a\\b'], 'ab', false],
    [['a\\d'], 'a7', true],
    [['a\\-b'], 'a-b', true],
    [['file[*]'], 'file^]', true],
    [['a]b'], 'a]b', true],
    [['foo**'], 'foo/bar', true],
    [['a**b'], 'a\nx/b', false],
    [['dir'], 'dir/file', true],
    [['dir/*'], 'dir/sub/file', true],
    [['*'], 'dir/file', true],
    [['*/file'], 'dir/file', true],
    [['?'], 'ü', true],
    [['file^name'], 'file^name', true],
    [['{a}(b)+$'], '{a}(b)+$', true],
    [['docs', '!docs/README.md'], 'docs/README.md', false],
    [['docs', '!docs/README.md'], 'docs/other.md', true],
    [['*', '!*.go', 'secret.go'], 'main.go', false],
    [['*', '!*.go', 'secret.go'], 'secret.go', true],
    [['docs/**', '!docs/a', 'docs/a/b'], 'docs/a/c', false],
    [['docs/**', '!docs/a', 'docs/a/b'], 'docs/a/b', true],
    [[' padded '], 'padded', true],
    [['./dir/../name/'], 'name', true],
    [[''], 'anything', false],
  ])('%j on %s: %s', (patterns, path, matched) => {
    const matcher = new PatternMatcher(patterns);
    expect(matcher.matches(path)).toBe(matched);
    expect(walkedMatch(matcher, path)).toBe(matched);
  });

  test.each([['!'], ['['], ['a\\']])('%s is malformed', (pattern) => {
    expect(() => new PatternMatcher([pattern])).toThrow(BadPattern);
  });

  test.each([['[z-a]'], ['\\q']])('%s is malformed once it is used', (pattern) => {
    expect(() => new PatternMatcher([pattern]).matches('a')).toThrow(BadPattern);
  });
});

/** The answer when every directory on the way is asked first, as a walk does. */
function walkedMatch(matcher: PatternMatcher, path: string): boolean {
  const names = path.split('/');
  let parent: readonly boolean[] | undefined;
  let matched = false;
  names.forEach((_, index) => {
    const result = matcher.match(names.slice(0, index + 1).join('/'), parent);
    parent = result.own;
    matched = result.matched;
  });
  return matched;
}
