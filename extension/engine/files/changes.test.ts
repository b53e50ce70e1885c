import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { changesBetween } from './changes';
import type { FileEntry, FileTree } from './files';

/** Paths with their sizes; a path that ends in `/` is a directory. */
function tree(paths: Readonly<Record<string, number>>): FileTree & { readonly read: () => never } {
  const entries = Object.entries(paths).map(([path, size]): [string, FileEntry] => {
    const isDirectory = path.endsWith('/');
    const full = path.replace(/\/$/, '');
    const kind = isDirectory ? 'directory' : 'file';
    const name = posix.basename(full);
    return [full, { name, kind, mode: 0o644, uid: 0, gid: 0, size, modified: 0 }];
  });
  return {
    list: (path) =>
      Promise.resolve(
        entries.filter(([full]) => posix.dirname(full) === path).map(([, entry]) => entry),
      ),
    stat: (path) => Promise.resolve(entries.find(([full]) => full === path)?.[1]),
    read: () => {
      throw new Error('a comparison reads no contents');
    },
  };
}

const before = tree({ '/etc/': 0, '/etc/passwd': 10, '/etc/group': 5, '/opt/': 0, '/opt/a': 1 });

test.each([
  ['nothing', { '/etc/': 9, '/etc/passwd': 10, '/etc/group': 5, '/opt/': 0, '/opt/a': 1 }, []],
  [
    'an added folder, which stands for all below it',
    {
      '/etc/': 0,
      '/etc/passwd': 10,
      '/etc/group': 5,
      '/opt/': 0,
      '/opt/a': 1,
      '/new/': 0,
      '/new/b': 2,
    },
    ['added /new'],
  ],
  [
    'a changed and a removed file',
    { '/etc/': 0, '/etc/passwd': 11, '/opt/': 0, '/opt/a': 1 },
    ['removed /etc/group', 'changed /etc/passwd'],
  ],
])('%s', async (_, after, expected) => {
  const { changes, isPartial } = await changesBetween(before, tree(after));
  expect(changes.map(({ change, path }) => `${change} ${path}`)).toEqual(expected);
  expect(isPartial).toBe(false);
});

test('only what was touched is looked into, and what is ignored counts for nothing', async () => {
  const after = tree({ '/etc/': 0, '/etc/passwd': 11, '/etc/group': 6, '/opt/': 0, '/opt/a': 2 });
  const touched = tree({ '/etc/': 0, '/etc/passwd': 11, '/etc/group': 6 });
  const ignored = (path: string) => path === '/etc/group';
  const { changes } = await changesBetween(before, after, touched, ignored);
  expect(changes.map(({ path }) => path)).toEqual(['/etc/passwd']);
});
