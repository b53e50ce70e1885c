import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DaemonResolveImageResult } from '../../proto/messages/language-server';
import type { ImageQuery, ImageResolver } from '../dockerfile/compile/image-resolver';
import { ImageCache, TAG_LIFETIME } from './image-cache';
import { builderSource } from './builder-source';
import { ImageLookup } from './image-lookup';
import type { ImageSource } from './image-source';

const query: ImageQuery = { platform: { os: 'linux', architecture: 'amd64' }, mode: 'default' };
const digest = `sha256:${'1'.repeat(64)}`;
const guess: ImageResolver = {
  resolve: (ref) => Promise.resolve({ ref, config: new Uint8Array(), uncertain: true }),
};

let folder: string;
let cache: ImageCache;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-lookup-'));
  cache = new ImageCache(folder);
});
afterEach(() => rm(folder, { recursive: true }));

describe('looking up an image', () => {
  test('gives a guess at once and the truth when the builder has answered', async () => {
    const { lookup, known, questions } = setUp({ outcome: 'resolved', digest, config: '{}' });
    const images = lookup.resolverFor('file:///D');
    expect(await images.resolve('a:1', query)).toMatchObject({ uncertain: true });
    expect(await known).toBe('file:///D');
    expect(await images.resolve('a:1', query)).toMatchObject({ digest, uncertain: false });
    expect(questions).toEqual(['a:1 linux/amd64']);
  });

  test('asks once, however many documents and steps want the image', async () => {
    const { lookup, questions } = setUp({ outcome: 'offline' });
    for (const uri of ['file:///D', 'file:///E', 'file:///D']) {
      await lookup.resolverFor(uri).resolve('a:1', query);
    }
    expect(questions).toEqual(['a:1 linux/amd64']);
  });

  test('what the builder denies fails in its words', async () => {
    const { lookup, known } = setUp({ outcome: 'failed', message: 'a:1: not found' });
    const images = lookup.resolverFor('file:///D');
    await images.resolve('a:1', query);
    await known;
    await expect(images.resolve('a:1', query)).rejects.toThrow('a:1: not found');
  });

  test('an expired tag is still better than a guess, and is called uncertain', async () => {
    await cache.put(
      'a:1',
      'linux/amd64',
      { digest, config: new Uint8Array([1]), via: 'builder' },
      Date.now() - TAG_LIFETIME - 1,
    );
    const { lookup, questions } = setUp({ outcome: 'offline' });
    expect(await lookup.resolverFor('file:///D').resolve('a:1', query)).toMatchObject({
      digest,
      uncertain: true,
    });
    expect(questions).toHaveLength(1);
  });

  test('asks each way to look an image up, and keeps the answers apart', async () => {
    const { lookup, known, questions } = setUp({ outcome: 'resolved', digest, config: '{}' });
    const images = lookup.resolverFor('file:///D');
    await images.resolve('a:1', { ...query, mode: 'local' });
    await known;
    expect(await images.resolve('a:1', query)).toMatchObject({ uncertain: true });
    expect(await images.resolve('a:1', { ...query, mode: 'local' })).toMatchObject({ digest });
    expect(questions).toEqual(['a:1 linux/amd64 local', 'a:1 linux/amd64']);
  });

  test('where nobody can be asked it guesses', async () => {
    const lookup = new ImageLookup(cache, guess, [], () => undefined);
    expect(await lookup.resolverFor('file:///D').resolve('a:1', query)).toMatchObject({
      uncertain: true,
    });
  });
});

describe('the size of an image that the builder has resolved', () => {
  test('is what the builder has on its disk', async () => {
    const { lookup, known } = setUp({ outcome: 'resolved', digest, config: '{}', onDisk: 7 });
    const images = lookup.resolverFor('file:///D');
    await images.resolve('a:1', query);
    await known;
    expect(await images.resolve('a:1', query)).toMatchObject({ onDisk: 7, via: 'builder' });
  });

  test('is asked of a registry by the digest, behind the answer', async () => {
    const asked: string[] = [];
    const registry: ImageSource = {
      via: 'registry',
      ask: () => Promise.reject(new Error('the builder has answered')),
      downloadSize: ({ ref }) => {
        asked.push(ref);
        return Promise.resolve(5);
      },
    };
    const { lookup, told } = setUp({ outcome: 'resolved', digest, config: '{}' }, [registry]);
    const images = lookup.resolverFor('file:///D');
    await images.resolve('a:1', query);
    await vi.waitUntil(() => told.length === 2);
    expect(await images.resolve('a:1', query)).toMatchObject({ size: 5, via: 'builder', digest });
    expect(asked).toEqual([`a:1@${digest}`]);
  });

  test('is asked for again after a while where nobody knew it', async () => {
    const old = Date.now() - TAG_LIFETIME / 2;
    const image = { digest, config: new Uint8Array([1]), via: 'builder' } as const;
    await cache.put('a:1', 'linux/amd64', image, old);
    await cache.put('b:1', 'linux/amd64', { ...image, size: 5 }, old);
    const { lookup, known, questions } = setUp({
      outcome: 'resolved',
      digest,
      config: '{}',
      onDisk: 7,
    });
    const images = lookup.resolverFor('file:///D');
    expect(await images.resolve('b:1', query)).toMatchObject({ size: 5, uncertain: false });
    expect(await images.resolve('a:1', query)).toMatchObject({ digest, uncertain: false });
    await known;
    expect(await images.resolve('a:1', query)).toMatchObject({ onDisk: 7 });
    expect(questions).toEqual(['a:1 linux/amd64']);
  });
});

function setUp(answer: DaemonResolveImageResult, more: readonly ImageSource[] = []) {
  const questions: string[] = [];
  const lookup = new ImageLookup(
    cache,
    guess,
    [
      builderSource(({ ref, platform, mode }) => {
        questions.push(`${ref} ${platform}${mode === 'default' ? '' : ` ${mode}`}`);
        return Promise.resolve(answer);
      }),
      ...more,
    ],
    (message) => {
      throw new Error(message);
    },
  );
  const told: string[] = [];
  const known = new Promise<string>((resolve) => {
    lookup.onKnown((uri) => {
      told.push(uri);
      resolve(uri);
    });
  });
  return { lookup, questions, known, told };
}
