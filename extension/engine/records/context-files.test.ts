import {
  chmodSync,
  linkSync,
  mkdtempSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pathsOf } from '../../../proto/client/fsutil/listing';
import { makeTree } from '../../../proto/client/fsutil/test-tree';
import { digestOf } from '../../../proto/model/digest';
import type { SourceOp } from '../../../proto/model/op';
import { type ContextFile, contextFiles, listContext, settledSince } from './context-files';
import { contentOf, type FileRead, selected } from './file-reads';

const store = mkdtempSync(join(tmpdir(), 'llb-lens-hashes-'));
const local = (attrs: SourceOp['attrs'] = {}): SourceOp => ({
  kind: 'source',
  identifier: 'local://context',
  attrs,
});
const read = (path: string, more: Partial<FileRead> = {}): FileRead => ({
  source: digestOf(new Uint8Array()),
  path,
  wildcard: false,
  exclude: [],
  ...more,
});
const files = {
  'src/a.txt': 'a',
  'src/lib/b.txt': 'b',
  'src/lib/c.md': 'c',
  'other/a.txt': 'a',
};
const listed = async (root: string, attrs: SourceOp['attrs'] = {}) =>
  contextFiles(await listContext(root, local(attrs)), { store });
const names = (seen: ReturnType<typeof selected>) => seen.map(({ name }) => name);

describe('what a step reads of a context', () => {
  test.each<[string, Partial<FileRead> & { path: string }, string[]]>([
    ['a file by its name', { path: 'src/a.txt' }, ['a.txt']],
    ['a folder with all below', { path: 'src/lib' }, ['', 'b.txt', 'c.md']],
    [
      'less what is excluded',
      { path: 'src', exclude: ['**/*.md'] },
      ['', 'a.txt', 'lib', 'lib/b.txt'],
    ],
    ['what a pattern names', { path: '*/a.txt', wildcard: true }, ['a.txt', 'a.txt']],
  ])('is %s', async (_, { path, ...more }, expected) => {
    const all = await listed(makeTree(files));
    expect(names(selected(all, read(path, more)))).toEqual(expected);
  });

  test('is everything where links are on the way', async () => {
    const root = makeTree(files);
    symlinkSync('src', join(root, 'link'));
    const all = await listed(root);
    expect(names(selected(all, read('link/a.txt')))).toEqual(all.map(({ path }) => path));
    expect(names(selected(all, read('link')))).toEqual(all.map(({ path }) => path));
  });

  test('is what the source lets through', async () => {
    const attrs = {
      'local.followpaths': '["src"]',
      'local.excludepatterns': '["**/lib"]',
    };
    const all = await listed(makeTree(files), attrs);
    expect(all.map(({ path }) => path)).toEqual(['src', 'src/a.txt']);
  });
});

describe('what files come to', () => {
  const content = (all: readonly ContextFile[], path = 'src') =>
    contentOf(selected(all, read(path)));
  const same: [string, (root: string) => void][] = [
    ['a new time', (root) => utimesSync(join(root, 'src/a.txt'), 5, 5)],
    ['the same text again', (root) => writeFileSync(join(root, 'src/a.txt'), 'a')],
    ['a file elsewhere', (root) => writeFileSync(join(root, 'other/new'), 'x')],
    ['a second name elsewhere', (root) => linkSync(join(root, 'src/a.txt'), join(root, 'a'))],
  ];
  test.each(same)('stays with %s', async (_, edit) => {
    const root = makeTree(files);
    const before = content(await listed(root));
    edit(root);
    expect(content(await listed(root))).toBe(before);
  });

  const other: [string, (root: string) => void][] = [
    ['other text', (root) => writeFileSync(join(root, 'src/a.txt'), 'b')],
    ['another mode', (root) => chmodSync(join(root, 'src/a.txt'), 0o700)],
    ['another name', (root) => renameSync(join(root, 'src/a.txt'), join(root, 'src/z.txt'))],
    ['a new file', (root) => writeFileSync(join(root, 'src/lib/new'), '')],
    ['a new link', (root) => symlinkSync('a.txt', join(root, 'src/link'))],
  ];
  test.each(other)('changes with %s', async (_, edit) => {
    const root = makeTree(files);
    const before = content(await listed(root));
    edit(root);
    const after = content(await listed(root));
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
  });

  test('is not known beyond the budget, and of what changed during a build', async () => {
    const root = makeTree(files);
    const listing = await listContext(root, local());
    expect(content(await contextFiles(listing, { store, budget: { left: 0 } }))).toBeUndefined();
    const all = await contextFiles(listing, { store });
    expect(content(settledSince(listing, all, Date.now() + 1000))).toBe(content(all));
    expect(content(settledSince(listing, all, 0))).toBeUndefined();
  });
});

describe('what a session sends', () => {
  test('comes with its hash, unless it changed on the way', async () => {
    const root = makeTree(files);
    const listing = await listContext(root, local());
    const index = pathsOf(listing).indexOf('src/a.txt');
    const sent = { ...listing, hashes: new Map([[index, 'a'.repeat(64)]]) };
    const [hash] = (await contextFiles(sent, { store, budget: { left: 0 } })).flatMap((file) =>
      file.path === 'src/a.txt' ? [file.hash] : [],
    );
    expect(hash).toBe('a'.repeat(64));
    const all = await contextFiles(listing, { store });
    const altered = settledSince({ ...listing, altered: new Set([index]) }, all, Date.now() + 1000);
    expect(altered.filter(({ unsettled }) => unsettled).map(({ path }) => path)).toEqual([
      'src/a.txt',
    ]);
  });
});
