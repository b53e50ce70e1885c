/** What Bake prints of a target, as launch attributes; a stand-in for Docker prints it. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { bakeProfile } from './bake';
import { hostPlatform } from './host-platform';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'llb-lens-bake-'));
  const docker = join(folder, 'docker');
  writeFileSync(docker, '#!/bin/sh\ncat printed.json\n');
  chmodSync(docker, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

async function profileOf(target: object): Promise<LaunchAttributes> {
  writeFileSync(join(folder, 'printed.json'), JSON.stringify({ target: { app: target } }));
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, KEY: 'k' };
  return bakeProfile({ target: 'app' }, env, folder);
}

const usual = () => ({ file: join(folder, 'Dockerfile'), context: folder });

test.each<[string, object, LaunchAttributes]>([
  [
    'lists and tables',
    {
      target: 't',
      args: { A: '1' },
      labels: { L: 'x' },
      tags: ['t:1'],
      annotations: ['index:a=b'],
      ulimits: ['core=0'],
      entitlements: ['network.host'],
    },
    {
      target: 't',
      buildArgs: { A: '1' },
      labels: { L: 'x' },
      tags: ['t:1'],
      annotations: ['index:a=b'],
      ulimits: ['core=0'],
      allow: ['network.host'],
    },
  ],
  ['empty lists', { tags: [], 'no-cache-filter': [], secret: [] }, {}],
  [
    'specifications as objects',
    {
      attest: [{ type: 'provenance', mode: 'max' }],
      'cache-from': [{ type: 'local', src: 'a,b' }],
      'cache-to': [{ type: 'inline' }],
      output: [{ type: 'local', dest: 'out' }],
    },
    {
      attests: ['type=provenance,mode=max'],
      cacheFrom: ['type=local,"src=a,b"'],
      cacheTo: ['type=inline'],
      outputs: ['type=local,dest=out'],
    },
  ],
  [
    'specifications as texts, which older ones print',
    { output: ['type=docker'], ssh: ['default'] },
    { outputs: ['type=docker'], ssh: ['default'] },
  ],
  [
    'agents and keys',
    { ssh: [{ id: 'default' }, { id: 'k', paths: ['/a', '/b'] }] },
    { ssh: ['default', 'k=/a,/b'] },
  ],
  [
    'hosts by name',
    { 'extra-hosts': { b: '::1', a: 'host-gateway' } },
    { extraHosts: ['a=host-gateway', 'b=::1'] },
  ],
  ['pulling', { pull: true }, { imageResolveMode: 'pull' }],
  ['not pulling', { pull: false }, {}],
  ['stages run again', { 'no-cache': false, 'no-cache-filter': ['a'] }, { noCache: ['a'] }],
  ['all run again', { 'no-cache': true, 'no-cache-filter': ['a'] }, { noCache: true }],
  [
    'limits',
    { resources: { memory: '2g', 'cpu-quota': 5 } },
    { resources: ['memory=2g', 'cpu-quota=5'] },
  ],
  [
    'the size of /dev/shm',
    { 'shm-size': '64m', network: 'none' },
    { shmSize: '64m', networkMode: 'none' },
  ],
])('%s', async (_, target, attributes) => {
  expect(await profileOf(target)).toEqual({ ...usual(), ...attributes });
});

test('a secret without a source is the variable or the file of its name', async () => {
  const secret = [{ id: 'KEY' }, { id: 'file' }, { id: 'a', env: 'B' }, 'id=c,type=env,src=D'];
  expect((await profileOf({ secret })).secrets).toEqual([
    { id: 'KEY', env: 'KEY' },
    { id: 'file', file: join(folder, 'file') },
    { id: 'a', env: 'B' },
    { id: 'c', env: 'D' },
  ]);
});

test('the platform "local" is this machine’s', async () => {
  const { platforms } = await profileOf({ platforms: ['local', 'linux/arm64'] });
  expect(platforms).toEqual([hostPlatform(process.platform, process.arch), 'linux/arm64']);
});

test('texts that look like expressions are as they were before Bake printed them', async () => {
  const printed = { A: '$${x}', B: '$$${x} %%{y}', C: '$x $$ 1%' };
  const values = { A: '${x}', B: '$${x} %{y}', C: '$x $$ 1%' };
  const { buildArgs, labels, annotations } = await profileOf({
    ...{ args: printed, labels: printed, annotations: ['a=$${x}'] },
  });
  expect([buildArgs, labels, annotations]).toEqual([values, values, ['a=${x}']]);
});

test('a Dockerfile inside the Bake file becomes one that can be stopped in', async () => {
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  const first = await profileOf({ 'dockerfile-inline': 'FROM a\n', context: 'sub' });
  const again = await profileOf({
    ...{ 'dockerfile-inline': 'FROM b\nRUN echo $${HOME}\n', dockerfile: 'other', context: 'sub' },
  });
  expect(again).toEqual({ file: first.file, context: join(folder, 'sub') });
  expect(readFileSync(again.file ?? '', 'utf8')).toBe('FROM b\nRUN echo ${HOME}\n');
  await expect(
    profileOf({ 'dockerfile-inline': 'FROM a\n', context: 'https://github.com/a/b.git' }),
  ).rejects.toThrow('its context elsewhere');
});

test.each([
  ['an absolute Dockerfile', { dockerfile: '/x/Dockerfile' }, { file: '/x/Dockerfile' }],
  [
    'a Dockerfile in a remote context',
    { context: 'https://github.com/a/b.git#main', dockerfile: 'sub/Dockerfile' },
    { context: 'https://github.com/a/b.git#main', file: 'sub/Dockerfile' },
  ],
])('%s keeps its place', async (_, target, attributes) => {
  expect(await profileOf(target)).toEqual({ ...usual(), ...attributes });
});
