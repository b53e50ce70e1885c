import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findRelease, FrontendReleases } from './frontend-release';

const fits = (...releases: (string | undefined)[]) => {
  const tried: (string | undefined)[] = [];
  const differences = (release: string | undefined) => {
    tried.push(release);
    return Promise.resolve(releases.includes(release) ? [] : [`not ${release ?? 'newest'}`]);
  };
  return { tried, differences };
};

test('what is known of a builder is tried first and kept', async () => {
  const { tried, differences } = fits('0.26', undefined);
  expect(await findRelease('0.26', differences)).toEqual({ release: '0.26', notes: [] });
  expect(tried).toEqual(['0.26']);
});

test('a builder that was updated is followed', async () => {
  const { differences } = fits(undefined);
  expect(await findRelease('0.25', differences)).toEqual({ release: undefined, notes: [] });
});

test('of the older releases the newest that fits is taken', async () => {
  const { differences } = fits('0.27', '0.25');
  expect(await findRelease(undefined, differences)).toEqual({ release: '0.27', notes: [] });
});

test('where none fits, the newest tells what is different', async () => {
  const { differences } = fits();
  expect(await findRelease('0.25', differences)).toEqual({
    release: undefined,
    notes: ['not newest'],
  });
});

test('releases are kept by builder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-releases-'));
  const file = join(folder, 'kept', 'releases.json');
  const releases = new FrontendReleases(file);
  expect(await releases.get('a')).toBeUndefined();
  await releases.set('a', '0.25');
  await releases.set('b', '0.26');
  await releases.set('b', undefined);
  expect(await new FrontendReleases(file).get('a')).toBe('0.25');
  expect(await releases.get('b')).toBeUndefined();
  expect(await readdir(join(folder, 'kept'))).toEqual(['releases.json']);
  await writeFile(file, '{"a": "1.0", "b": 3}');
  expect(await releases.get('a')).toBeUndefined();
  await rm(folder, { recursive: true });
});
