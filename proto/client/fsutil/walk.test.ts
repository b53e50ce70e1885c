import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { followPaths } from './follow-paths';
import { GoMode } from './go-mode';
import { makeTree } from './test-tree';
import { walk, type Filter } from './walk';

function paths(root: string, filter?: Filter): string[] {
  return [...walk(root, filter)].map(({ stat }) => stat.path);
}

describe('walk', () => {
  test('goes down at once, names in byte order', () => {
    // In UTF-16 the last two would change places.
    const names = ['B', 'a/b/c', 'a/z', 'a.txt', 'b/x', 'é', '\ue000', '😀'];
    const root = makeTree(Object.fromEntries(names.map((name) => [name, ''])));
    const sent = ['B', 'a', 'a/b', 'a/b/c', 'a/z', 'a.txt', 'b', 'b/x', 'é', '\ue000', '😀'];
    expect(paths(root)).toEqual(sent);
  });

  const tree = makeTree({
    'src/main.go': '',
    'src/lib/a.go': '',
    'src/lib/a.txt': '',
    'node_modules/x/y': '',
    'docs/README.md': '',
    'docs/other.md': '',
    '.git/config': '',
    'a, b.txt': '',
  });
  test.each<[string, Filter, string[]]>([
    ['a file with its parents', { include: ['src/lib/a.go'] }, ['src', 'src/lib', 'src/lib/a.go']],
    [
      'a folder with its contents',
      { include: ['docs'] },
      ['docs', 'docs/README.md', 'docs/other.md'],
    ],
    [
      'a wildcard with only the parents it needs',
      { include: ['**/*.txt'] },
      ['a, b.txt', 'src', 'src/lib', 'src/lib/a.txt'],
    ],
    [
      'everything but a folder',
      { include: ['src', 'docs'], exclude: ['src/lib'] },
      ['docs', 'docs/README.md', 'docs/other.md', 'src', 'src/main.go'],
    ],
    [
      'an exception inside an excluded folder',
      { include: ['docs'], exclude: ['docs', '!docs/README.md'] },
      ['docs', 'docs/README.md'],
    ],
    [
      'an exception by wildcard',
      { exclude: ['*', '!**/*.go'] },
      ['src', 'src/lib', 'src/lib/a.go', 'src/main.go'],
    ],
    ['nothing that is not there', { include: ['missing'] }, []],
  ])('sends %s', (_, filter, expected) => {
    expect(paths(tree, filter)).toEqual(expected);
  });

  test('sends entries as root owned, with Go modes and nanosecond times', () => {
    const root = makeTree({ 'dir/file': 'abc', link: { link: 'dir/file' } });
    chmodSync(join(root, 'dir/file'), 0o4755);
    const entries = new Map([...walk(root)].map(({ stat }) => [stat.path, stat]));
    expect(entries.get('dir')).toMatchObject({ mode: GoMode.dir + 0o755, uid: 0, gid: 0 });
    expect(entries.get('dir/file')).toMatchObject({ mode: GoMode.setuid + 0o755, size: 3n });
    expect(entries.get('link')).toMatchObject({
      mode: GoMode.symlink + 0o777,
      linkname: 'dir/file',
    });
    expect(entries.get('dir')?.modTime).toBeGreaterThan(1_600_000_000_000_000_000n);
  });

  test('sends later names of a file as links to the first one sent', () => {
    const root = makeTree({ b: 'abc', a: { same: 'b' }, c: { same: 'b' } });
    const filtered = [...walk(root, { exclude: ['a'] })].map(({ stat }) => [
      stat.path,
      stat.linkname ?? '',
      stat.size,
    ]);
    expect(filtered).toEqual([
      ['b', '', 3n],
      ['c', 'b', 0n],
    ]);
  });

  test('fails on a folder it may not read, unless that is filtered out', () => {
    const root = makeTree({ ok: '' });
    mkdirSync(join(root, 'locked'), { mode: 0 });
    chmodSync(root, 0o755);
    withoutPrivilege(() => {
      expect(() => paths(root)).toThrow(/EACCES/);
      expect(paths(root, { exclude: ['locked'] })).toEqual(['ok']);
    });
  });
});

/** Root reads everything, so for `body` this process is nobody. */
function withoutPrivilege(body: () => void): void {
  const nobody = 65_534;
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(nobody);
  try {
    body();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe('followPaths', () => {
  const tree = makeTree({
    'real/file': '',
    link: { link: 'real' },
    abs: { link: '/real/file' },
    out: { link: '../../../etc/passwd' },
    loop1: { link: 'loop2' },
    loop2: { link: 'loop1' },
    'sub/up': { link: '../real/file' },
    w1: { link: 'real/file' },
  });
  test.each([
    [['real/file'], ['real/file']],
    [['link/file'], ['link', 'real/file']],
    [['abs'], ['abs', 'real/file']],
    [['/abs'], ['abs', 'real/file']],
    [['sub/up'], ['real/file', 'sub/up']],
    [['out'], ['etc/passwd', 'out']],
    [['../../etc/passwd'], ['etc/passwd']],
    [['loop1'], ['loop1', 'loop2']],
    [['w*'], ['real/file', 'w*']],
    [['missing/x'], ['missing/x']],
    [['real', 'real/file'], ['real']],
    [['.'], undefined],
    [['['], ['[']],
  ])('%j needs %j', (asked, needed) => {
    expect(followPaths(tree, asked)).toEqual(needed);
  });
});
