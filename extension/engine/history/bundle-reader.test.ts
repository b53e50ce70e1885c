import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { StatusResponse } from '../../../proto/generated/control';
import { bundledRecord, readBundle } from './bundle-reader';
import { bundleTypes } from './bundle';
import { OpenedBuild } from './opened-build';
import { ustar, type UstarEntry } from './ustar';

const folder = mkdtempSync(join(tmpdir(), 'llb-lens-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const digest = `sha256:${'1'.repeat(64)}`;
const opening = {
  env: { HOME: folder },
  signal: new AbortController().signal,
  events: { patch: () => undefined, output: () => undefined, ended: () => undefined },
};

test('a bundle opens as its build: state, steps, logs, name', async () => {
  const build = await OpenedBuild.open(await bundledRecord(bundle(one('abc')), undefined), opening);
  expect(build.record).toMatchObject({
    ref: 'abc',
    name: 'shop',
    state: 'failed',
    started: 1_000_500,
    completed: 1_002_000,
    error: 'exit code: 3',
    attributes: { filename: 'Dockerfile' },
    steps: { total: 2, completed: 1, cached: 1 },
  });
  expect(build.graph.nodes.map(({ fullName }) => fullName)).toEqual(['[1/1] RUN make']);
  expect(build.log(digest, 0).text).toBe('made\n');
  expect(build.plainLog).toContain('RUN make');
});

test('paths of the machine that built are not taken for files of this one', async () => {
  const build = await OpenedBuild.open(await bundledRecord(bundle(one('abc')), 'abc'), opening);
  expect([build.record.dockerfile, build.record.context]).toEqual([undefined, undefined]);
});

test('a context of Windows gives its folder’s name', async () => {
  const parts = one('abc', { localState: { LocalPath: 'C:\\work\\shop', DockerfilePath: '' } });
  const build = await OpenedBuild.open(await bundledRecord(bundle(parts), 'abc'), opening);
  expect(build.record.name).toBe('shop');
});

test('a bundle of several builds has an index for each', async () => {
  const [first, second] = [one('abc'), one('def')];
  const nested = [first, second].map(({ manifest }) =>
    json({ mediaType: bundleTypes.index, manifests: [manifest] }),
  );
  const file = archive(
    [...first.blobs, ...second.blobs, ...nested],
    nested.map((blob) => descriptor(blob)),
  );
  expect((await readBundle(file)).map(({ record }) => record.ref)).toEqual(['abc', 'def']);
  expect((await bundledRecord(file, 'def')).record.ref).toBe('def');
  await expect(bundledRecord(file, 'ghi')).rejects.toThrow('holds no build ghi');
});

test.each([
  ['no archive', () => Buffer.from('FROM alpine\n'.repeat(100)), 'not a tar archive'],
  ['a torn one', () => gzipSync(Buffer.alloc(4096, 'x')).subarray(0, 20), 'unexpected end'],
  ['an archive of other things', () => ustar([{ path: 'a', content: Buffer.from('b') }]), 'index'],
  ['an index of nothing', () => layout([], []), 'no record'],
  ['an image', () => layout([image], [descriptor(image)]), 'no record'],
  ['a part that is missing', () => layout([], [descriptor(image)]), 'it lacks sha256:'],
  ['a changed part', changed, 'the contents of blobs/sha256/'],
])('%s is refused', async (name, bytes, reason) => {
  const file = join(folder, `${name}.dockerbuild`);
  writeFileSync(file, bytes());
  const message: unknown = expect.stringContaining(reason);
  await expect(readBundle(file)).rejects.toThrow(
    expect.objectContaining({ name: 'BuildFailure', message }),
  );
});

test('a log that is cut off is said to be', async () => {
  const file = bundle(one('abc', {}, Buffer.from([9, 0, 0, 0, 1])));
  await expect(OpenedBuild.open(await bundledRecord(file, 'abc'), opening)).rejects.toThrow(
    'The log in the bundle is cut off.',
  );
});

const image = json({ config: { mediaType: 'application/vnd.oci.image.config.v1+json' } });

type Parts = { readonly blobs: readonly Buffer[]; readonly manifest: object };

/** The parts of a failed build's record, as Go's JSON encoder writes them. */
function one(ref: string, more: object = {}, log = statusLog()): Parts {
  const config = json({
    Ref: ref,
    FrontendAttrs: { filename: 'Dockerfile' },
    error: { code: 2, message: 'exit code: 3' },
    CreatedAt: { seconds: 1000, nanos: 500_000_000 },
    CompletedAt: { seconds: 1002 },
    logs: { ...descriptor(log), media_type: 'application/vnd.buildkit.status.v0' },
    numCachedSteps: 1,
    numTotalSteps: 2,
    numCompletedSteps: 1,
    localState: { Target: 'default', LocalPath: '/home/somebody/shop', DockerfilePath: '' },
    ...more,
  });
  const manifest = json({
    mediaType: bundleTypes.manifest,
    config: { ...descriptor(config), mediaType: bundleTypes.record },
    layers: [descriptor(log)],
  });
  return { blobs: [config, log, manifest], manifest: descriptor(manifest) };
}

function statusLog(): Buffer {
  const time = { seconds: 1001n, nanos: 0 };
  const messages = [
    { vertexes: [{ digest, name: '[1/1] RUN make', started: time }] },
    { logs: [{ vertex: digest, stream: 1n, msg: Buffer.from('made\n'), timestamp: time }] },
    {
      vertexes: [
        { digest, name: '[1/1] RUN make', started: time, completed: time, error: 'exit code: 3' },
      ],
    },
  ];
  return Buffer.concat(
    messages.flatMap((message) => {
      const bytes = StatusResponse.encode(message);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}

const bundle = ({ blobs, manifest }: Parts): string => archive(blobs, [manifest]);

let count = 0;
function archive(blobs: readonly Buffer[], manifests: readonly object[]): string {
  const file = join(folder, `${++count}.dockerbuild`);
  writeFileSync(file, gzipSync(layout(blobs, manifests)));
  return file;
}

function layout(blobs: readonly Buffer[], manifests: readonly object[]): Buffer {
  const files = new Map(blobs.map((content) => [sha256(content), content]));
  return ustar([
    ...[...files].map(([name, content]): UstarEntry => ({ path: `blobs/sha256/${name}`, content })),
    { path: 'index.json', content: json({ mediaType: bundleTypes.index, manifests }) },
  ]);
}

function changed(): Buffer {
  const bytes = layout([image], [descriptor(image)]);
  bytes.write('X', 512 + 2);
  return bytes;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function descriptor(content: Uint8Array): { digest: string; size: number } {
  return { digest: `sha256:${sha256(content)}`, size: content.length };
}
