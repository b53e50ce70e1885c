import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ImageCache, TAG_LIFETIME } from './image-cache';

const image = {
  digest: `sha256:${'a'.repeat(64)}`,
  config: new TextEncoder().encode('{"os":"linux"}'),
  via: 'registry' as const,
};
const now = 1_000_000;

let folder: string;
let cache: ImageCache;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-images-'));
  cache = new ImageCache(folder);
});
afterEach(() => rm(folder, { recursive: true }));

describe('the image cache', () => {
  test('gives back what was put in, for the same reference and platform only', async () => {
    await cache.put('docker.io/library/alpine:3', 'linux/amd64', image, now);
    const found = await cache.get('docker.io/library/alpine:3', 'linux/amd64');
    expect(found?.digest).toBe(image.digest);
    expect(Buffer.from(found?.config ?? []).toString()).toBe('{"os":"linux"}');
    expect(await cache.get('docker.io/library/alpine:3', 'linux/arm64')).toBeUndefined();
    expect(await cache.get('docker.io/library/alpine:4', 'linux/amd64')).toBeUndefined();
  });

  test('a tag expires, a digest does not', async () => {
    await cache.put('a:1', 'linux/amd64', image, now);
    await cache.put(`a@${image.digest}`, 'linux/amd64', image, now);
    expect((await cache.get('a:1', 'linux/amd64'))?.expires).toBe(now + TAG_LIFETIME);
    expect((await cache.get(`a@${image.digest}`, 'linux/amd64'))?.expires).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });

  test('keeps the size that a registry told', async () => {
    await cache.put('a:1', 'linux/amd64', { ...image, size: 3_600_000 }, now);
    expect((await cache.get('a:1', 'linux/amd64'))?.size).toBe(3_600_000);
  });

  test('a file that was damaged counts as absent', async () => {
    await cache.put('a:1', 'linux/amd64', image, now);
    const [blob = ''] = await readdir(join(folder, 'blobs', 'sha256'));
    await writeFile(join(folder, 'blobs', 'sha256', blob), '{}');
    expect(await cache.get('a:1', 'linux/amd64')).toBeUndefined();
    const [ref = ''] = await readdir(join(folder, 'refs'));
    await writeFile(join(folder, 'refs', ref), '{');
    expect(await cache.get('a:1', 'linux/amd64')).toBeUndefined();
  });

  test('many writers leave whole files and nothing temporary', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => cache.put('a:1', 'linux/amd64', image, now)),
    );
    expect(await readdir(join(folder, 'refs'))).toHaveLength(1);
    expect(await readdir(join(folder, 'blobs', 'sha256'))).toHaveLength(1);
    expect((await cache.get('a:1', 'linux/amd64'))?.digest).toBe(image.digest);
  });
});
