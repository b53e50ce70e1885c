import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { parseProfile, ProfileError, resolveProfile } from './profile';

describe('a profile from outside', () => {
  test('keeps what is known and leaves out the rest', () => {
    const given = { file: 'Dockerfile', buildArgs: { A: '1' }, noCache: ['a'], request: 'launch' };
    expect(parseProfile(given)).toEqual({
      file: 'Dockerfile',
      buildArgs: { A: '1' },
      noCache: ['a'],
    });
  });

  test.each<[string, unknown, string]>([
    ['a list of arguments', { buildArgs: ['A=1'] }, '"buildArgs" must be an object'],
    ['an argument that is a number', { buildArgs: { A: 1 } }, '"buildArgs.A" must be a string'],
    ['a secret without a source', { secrets: [{ id: 'x' }] }, '"secrets.0" must be {"id", "file"}'],
    ['an unknown network', { networkMode: 'bridge' }, '"networkMode" must be one of "default"'],
    ['nonsense for noCache', { noCache: 'yes' }, '"noCache" must be true or false'],
    ['no object', 'Dockerfile', 'must be an object'],
  ])('%s is refused by name', (_, given, message) => {
    expect(() => parseProfile(given)).toThrow(message);
    expect(() => parseProfile(given)).toThrow(ProfileError);
  });
});

describe('a resolved profile', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-profile-'));
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
    await writeFile(join(folder, 'x.drv'), 'Derive()');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const resolved = async (given: LaunchAttributes) => (await resolveProfile(given, folder)).source;

  test('builds a file in its own folder', async () => {
    expect(await resolved({ file: 'Dockerfile' })).toEqual({
      kind: 'dockerfile',
      file: join(folder, 'Dockerfile'),
      context: folder,
    });
  });

  test('finds the Dockerfile of a context', async () => {
    expect(await resolved({ context: '.' })).toMatchObject({ file: join(folder, 'Dockerfile') });
  });

  test('leaves a remote context as it is', async () => {
    const context = 'https://example.org/a.git';
    expect(await resolved({ file: 'Dockerfile', context })).toMatchObject({ context });
  });

  test.each([{ derivation: 'x.drv' }, { file: 'x.drv' }])(
    'knows a derivation by %j',
    async (given) => {
      expect(await resolved(given)).toEqual({ kind: 'derivation', file: join(folder, 'x.drv') });
    },
  );

  test('makes folders and secrets absolute', async () => {
    const profile = await resolveProfile(
      {
        file: 'Dockerfile',
        contexts: { lib: '.', base: 'docker-image://alpine' },
        secrets: [
          { id: 'a', file: 'x.drv' },
          { id: 'b', env: 'B' },
        ],
      },
      folder,
    );
    expect(profile.contexts).toEqual({ lib: folder, base: 'docker-image://alpine' });
    expect(profile.secrets).toEqual([
      { id: 'a', file: join(folder, 'x.drv') },
      { id: 'b', env: 'B' },
    ]);
  });

  test.each<[string, LaunchAttributes, RegExp]>([
    ['nothing', {}, /Nothing to build: set "file"/],
    ['a file that is not there', { file: 'none' }, /Dockerfile does not exist.*set "file"/],
    ['a folder as file', { file: '.' }, /is not a file/],
    ['a context that is not there', { file: 'Dockerfile', context: 'none' }, /set "context"/],
    ['a file as context', { file: 'Dockerfile', context: 'Dockerfile' }, /is not a folder/],
    ['a derivation that is not there', { derivation: 'none.drv' }, /set "derivation"/],
    [
      'a secret that is not there',
      { file: 'Dockerfile', secrets: [{ id: 's', file: 'none' }] },
      /secret "s" does not exist/,
    ],
  ])('refuses %s with a remedy', async (_, given, message) => {
    await expect(resolveProfile(given, folder)).rejects.toThrow(message);
  });
});
