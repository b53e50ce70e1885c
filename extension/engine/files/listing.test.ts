import { expect, test } from 'vitest';
import { compareListings } from './compare-listings';
import { type Listing, ListingBuilder, ROOT } from './listing';
import { searchFiles } from './search-files';

/** Paths in walking order with their sizes; a path that ends in `/` is a directory. */
function listing(
  paths: Readonly<Record<string, number>>,
  links: Readonly<Record<string, string>> = {},
): Listing {
  const builder = new ListingBuilder();
  for (const [path, size] of Object.entries(paths)) {
    const isDirectory = path.endsWith('/');
    builder.add(
      path.replace(/\/$/, ''),
      { kind: isDirectory ? 'directory' : 'file', mode: 0o644, uid: 0, gid: 0, size, modified: 1 },
      links[path],
    );
  }
  return builder.finish();
}

const some = listing({
  'bin/': 0,
  'bin/a': 3,
  'bin/sub/': 0,
  'bin/sub/b': 4,
  'etc/': 0,
  'etc/Conf': 5,
});

test('finds entries, lists folders and adds up what is below them', async () => {
  expect(some.path(some.find('/bin/sub/b') ?? ROOT)).toBe('/bin/sub/b');
  expect([some.find('/bin/c'), some.find('/bin/a/b'), some.find('/')]).toEqual([
    undefined,
    undefined,
    ROOT,
  ]);
  expect((await some.tree().list('/bin')).map(({ name }) => name)).toEqual(['a', 'sub']);
  expect(some.totals(ROOT)).toEqual({ files: 3, bytes: 12 });
  expect(some.totals(some.find('/bin') ?? ROOT)).toEqual({ files: 2, bytes: 7 });
});

test('counts a file with two names once', () => {
  const linked = listing({ a: 8, b: 8 }, { b: 'a' });
  expect(linked.totals(ROOT)).toEqual({ files: 2, bytes: 8 });
  expect(linked.entry(1)).toMatchObject({ size: 8, hardLink: '/a' });
});

test('refuses an entry whose folder has not come', () => {
  expect(() => listing({ 'x/y': 1 })).toThrow('out of order: x/y');
});

test.each([
  ['nothing', some, []],
  [
    'what came, went and changed, folders as a whole',
    listing({ 'bin/': 0, 'bin/a': 9, 'etc/': 0, 'etc/Conf': 5, 'opt/': 0, 'opt/x': 6 }),
    ['changed /bin/a', 'removed /bin/sub 1/4', 'added /opt 1/6'],
  ],
  ['a folder that became a file', listing({ bin: 1, 'etc/': 0, 'etc/Conf': 5 }), ['changed /bin']],
])('compares: %s', (_, after, expected) => {
  const told = compareListings(some, after).map(({ change, path, below }) =>
    [change, path, ...(below === undefined ? [] : [`${below.files}/${below.bytes}`])].join(' '),
  );
  expect(told).toEqual(expected);
});

test.each([
  ['b', ['/bin', '/bin/sub', '/bin/sub/b']],
  ['conf', ['/etc/Conf']],
  ['Bin', []],
  ['?', ['/bin/a', '/bin/sub/b']],
  ['/bin/**', ['/bin/a', '/bin/sub', '/bin/sub/b']],
  ['sub/*', ['/bin/sub/b']],
])('searches %s', (pattern, expected) => {
  const { found, count } = searchFiles(some, pattern, 10);
  expect(found.map((index) => some.path(index))).toEqual(expected);
  expect(count).toBe(expected.length);
});
