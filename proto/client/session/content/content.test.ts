import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { ContentError, ContentStore } from './content-store';
import { findManifest, LayoutError, putManifest, readIndex } from './oci-index';

const root = mkdtempSync(join(tmpdir(), 'llb-lens-content-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'store-'));
});

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const blobs = () => readdirSync(join(folder, 'blobs', 'sha256'));

describe('a content store', () => {
  test('has a blob once it is whole and right', async () => {
    const store = new ContentStore(folder);
    const digest = digestOf('hello');
    const upload = await store.upload('one', digest);
    await upload.write(Buffer.from('hel'));
    await expect(store.size(digest)).rejects.toThrow(ContentError);
    await upload.write(Buffer.from('lo'));
    expect(await upload.commit(5, digest)).toBe(digest);
    expect(blobs()).toEqual([digest.slice(7)]);
    const read: Buffer[] = [];
    for await (const piece of store.read(digest, 1, 3)) read.push(piece);
    expect(Buffer.concat(read).toString()).toBe('ell');
    await expect(store.upload('again', digest)).rejects.toMatchObject({ problem: 'present' });
  });

  test('keeps nothing that is wrong or unfinished', async () => {
    const store = new ContentStore(folder);
    const upload = await store.upload('one', '');
    await upload.write(Buffer.from('hello'));
    await expect(upload.commit(5, digestOf('other'))).rejects.toMatchObject({ problem: 'bad' });
    await expect(upload.commit(6, '')).rejects.toMatchObject({ problem: 'bad' });
    await store.abort('one');
    expect(readdirSync(folder)).toEqual(['ingest']);
    expect(readdirSync(join(folder, 'ingest'))).toEqual([]);
  });

  test.each([
    'sha256:../../../etc/passwd',
    '../x',
    'sha256:',
    'md5:00',
    `sha256:${'0'.repeat(63)}/`,
  ])('is not led outside by the digest %j', async (digest) => {
    const store = new ContentStore(folder);
    await expect(store.size(digest)).rejects.toMatchObject({ problem: 'bad' });
    const piece = store.read(digest, 0, 0).next();
    await expect(piece).rejects.toMatchObject({ problem: 'bad' });
  });
});

describe('the index of a layout', () => {
  const manifest = (text: string) => ({ digest: digestOf(text), size: 3, mediaType: 'm' });

  test('finds what was put under a tag or a name, the last one', async () => {
    await putManifest(folder, manifest('a'), [{ tag: 'latest' }]);
    await putManifest(folder, manifest('b'), [{ tag: 'latest' }, { name: 'docker.io/x/y:1' }]);
    expect((await findManifest(folder, 'latest'))?.digest).toBe(digestOf('b'));
    expect((await findManifest(folder, 'docker.io/x/y:1'))?.digest).toBe(digestOf('b'));
    expect((await findManifest(folder, '1'))?.digest).toBe(digestOf('b'));
    expect(await findManifest(folder, 'other')).toBeUndefined();
    expect(await readIndex(folder)).toHaveLength(2);
    expect(readFileSync(join(folder, 'oci-layout'), 'utf8')).toContain('imageLayoutVersion');
  });

  test('that is missing is named', async () => {
    await expect(readIndex(folder)).rejects.toThrow(LayoutError);
    await expect(readIndex(folder)).rejects.toThrow(join(folder, 'index.json'));
  });
});
