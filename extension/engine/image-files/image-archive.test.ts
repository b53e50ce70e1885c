import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type TarEntry, tarEnd, tarHeader, tarPadding } from '../files/tar-entry';
import { imageFromArchive } from './image-archive';
import { reportOf } from './image-report';

type File = Partial<TarEntry> & { readonly path: string; readonly text?: string | Buffer };

function tar(files: readonly File[]): Buffer {
  const pieces = files.map(({ text = '', ...entry }) => {
    const bytes = Buffer.from(text);
    const header = tarHeader({
      kind: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      modified: 1,
      ...entry,
      size: bytes.length,
    });
    return Buffer.concat([header, bytes, tarPadding(bytes.length)]);
  });
  return Buffer.concat([...pieces, tarEnd]);
}

const folder = (path: string): File => ({ path, kind: 'directory', mode: 0o755 });
const long = `data/${'deep/'.repeat(30)}file`;

const layers = [
  [
    folder('data'),
    { path: 'data/big', text: 'x'.repeat(1000) },
    { path: 'data/same', text: 'twin' },
  ],
  [
    { path: 'data/big', text: 'y'.repeat(600) },
    { path: long, text: 'twin' },
  ],
  [{ path: 'data/.wh.big' }, { path: 'data/.wh.deep' }],
].map(tar);

/** As `docker save` writes it, manifests last. */
function archive(blobs: readonly Buffer[]): Buffer {
  const names = blobs.map((_, index) => `layer${index}.tar`);
  const config = {
    os: 'linux',
    config: { Cmd: ['sh'] },
    history: [
      { created_by: 'ADD' },
      { created_by: 'ENV', empty_layer: true },
      { created_by: 'RUN one' },
      { created_by: 'RUN two' },
    ],
  };
  return tar([
    ...blobs.map((text, index) => ({ path: names[index] ?? '', text })),
    { path: 'VERSION', text: '1.0' },
    { path: 'config.json', text: JSON.stringify(config) },
    { path: 'manifest.json', text: JSON.stringify([{ Config: 'config.json', Layers: names }]) },
  ]);
}

describe.each([
  ['plain', (layer: Buffer) => layer],
  ['compressed', (layer: Buffer) => gzipSync(layer)],
])('an archive with %s layers', (_, stored) => {
  test.each([7, 4096, 1 << 20])('is read in pieces of %i bytes', async (size) => {
    const bytes = archive(layers.map(stored));
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (__, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    const image = await imageFromArchive(Readable.from(pieces), { name: 'x', origin: 'archive' });
    const report = reportOf(image);
    expect(
      report.layers.map((layer) => [
        layer.createdBy,
        layer.size,
        layer.added,
        layer.changed,
        layer.removed,
        layer.hidden,
      ]),
    ).toEqual([
      ['ADD', 1004, 3, 0, 0, 1000],
      ['RUN one', 604, 1, 1, 0, 604],
      ['RUN two', 0, 0, 0, 1, 0],
    ]);
    expect(report.wastedPaths).toEqual([
      { path: '/data/big', bytes: 1600, how: 'removed', layers: [0, 1], by: 2 },
      { path: `/${long}`, bytes: 4, how: 'removed', layers: [1], by: 2 },
    ]);
    expect(report).toMatchObject({
      size: 1608,
      visible: 4,
      files: 1,
      config: { os: 'linux', Cmd: ['sh'] },
    });
    // The whited out file counts as size 0, the folder as what was in it: 0 + 4 + 4 + 4 of 1612.
    expect(report.dive.efficiency).toBeCloseTo(12 / 1612, 10);
    expect(report.dive.wasted).toBe(1600);
  });
});

test('finds equal files that can all be seen', async () => {
  const bytes = archive(layers.slice(0, 2));
  const image = await imageFromArchive(Readable.from([bytes]), { name: 'x', origin: 'archive' });
  expect(reportOf(image).duplicates).toEqual([
    { size: 4, bytes: 4, paths: [`/${long}`, '/data/same'] },
  ]);
});

test.each([
  ['no image', tar([{ path: 'README', text: 'hello' }]), 'There is no image in x.'],
  [
    'a layer that cannot be read',
    archive([Buffer.from('no archive'.repeat(100))]),
    'x: the layer layer0.tar cannot be read: not a tar archive',
  ],
])('says what is wrong with %s', async (_, bytes, message) => {
  const read = imageFromArchive(Readable.from([bytes]), { name: 'x', origin: 'archive' });
  await expect(read).rejects.toThrow(message);
});
