/** What profiles become on the wire: caches, attestations, SSH. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { putManifest } from '../../../proto/client/session/content/oci-index';
import { ProfileError } from '../profile/profile';
import { attestationAttributes, attestationText } from './attestations';
import { resolveMode } from './build-request';
import { cacheOptions } from './cache';
import { imageReference } from './image-reference';
import { readSourcePolicy } from './source-policy';
import { sshSources } from './ssh';

const folder = mkdtempSync(join(tmpdir(), 'llb-lens-request-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['Docker’s BuildKit is asked for Docker’s images first', {}, true, 'local'],
  ['and so it is where the profile says the usual', { imageResolveMode: 'default' }, true, 'local'],
  [
    'pulling is left to the frontend’s own attribute',
    { imageResolveMode: 'pull' },
    true,
    undefined,
  ],
  ['another BuildKit has no images of its own', {}, false, undefined],
] as const)('%s', (_name, profile, isDocker, wanted) => {
  expect(resolveMode(profile, isDocker)['image-resolve-mode']).toBe(wanted);
});

describe('caches', () => {
  const entry = (type: string, attrs: Record<string, string>) => ({
    type,
    attrs: new Map(Object.entries(attrs)),
  });
  const token = { ACTIONS_RUNTIME_TOKEN: 'T', ACTIONS_CACHE_URL: 'U', ACTIONS_RESULTS_URL: 'R' };

  test.each([
    ['a name', 'user/app:cache', {}, [entry('registry', { ref: 'user/app:cache' })]],
    [
      'several names',
      'a,b',
      {},
      [entry('registry', { ref: 'a' }), entry('registry', { ref: 'b' })],
    ],
    [
      'a registry',
      'type=registry,ref=r/x,mode=max',
      {},
      [entry('registry', { ref: 'r/x', mode: 'max' })],
    ],
    ['inline', 'type=inline', {}, [entry('inline', {})]],
    ['GitHub without a token is left out', 'type=gha', {}, []],
    [
      'GitHub takes its token from the runner',
      'type=gha,scope=x',
      token,
      [entry('gha', { scope: 'x', token: 'T', url: 'U' })],
    ],
    [
      'GitHub, second version',
      'type=gha',
      { ...token, ACTIONS_CACHE_SERVICE_V2: 'true' },
      [entry('gha', { token: 'T', url_v2: 'R', url: 'U' })],
    ],
    [
      'S3 takes its keys from the environment',
      'type=s3,region=r,bucket=b',
      { AWS_ACCESS_KEY_ID: 'I', AWS_SECRET_ACCESS_KEY: 'K' },
      [entry('s3', { region: 'r', bucket: 'b', access_key_id: 'I', secret_access_key: 'K' })],
    ],
    [
      'Azure',
      'type=azblob,account_url=https://x,name=n',
      {},
      [entry('azblob', { account_url: 'https://x', name: 'n' })],
    ],
  ])('%s', async (_, text, env, expected) => {
    const options = await cacheOptions({ cacheTo: [text], cacheFrom: [text] }, '/w', env);
    expect(options.exports).toEqual(expected);
    expect(options.imports).toEqual(expected);
  });

  test('a local one is lent to the daemon, found by tag and indexed afterwards', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    await putManifest(join(folder, 'cache'), { digest }, [{ tag: 'main' }]);
    const options = await cacheOptions(
      { cacheFrom: ['type=local,src=cache,tag=main'], cacheTo: ['type=local,dest=new'] },
      folder,
      {},
    );
    const [from, to] = [join(folder, 'cache'), join(folder, 'new')];
    expect(options.imports).toEqual([entry('local', { src: from, tag: 'main', digest })]);
    expect(options.exports).toEqual([entry('local', { dest: to })]);
    expect(options.stores).toEqual({ [`local:${from}`]: from, [`local:${to}`]: to });
    expect(options.updates).toEqual([{ folder: to, tag: 'latest' }]);
  });

  test('one that is not there is left out with a note; the build goes on', async () => {
    const options = await cacheOptions({ cacheFrom: ['type=local,src=none'] }, folder, {});
    expect(options.imports).toEqual([]);
    expect(options.notes.join()).toContain(join(folder, 'none'));
  });

  test('BUILDKIT_INLINE_CACHE asks for an inline one', async () => {
    const options = await cacheOptions({ buildArgs: { BUILDKIT_INLINE_CACHE: '1' } }, '/w', {});
    expect(options.exports).toEqual([entry('inline', {})]);
  });

  test.each(['type=registry', 'type=local', 'src=x', 'type=,a=b'])(
    '%s is refused',
    async (text) => {
      await expect(cacheOptions({ cacheTo: [text] }, '/w', {})).rejects.toThrow(ProfileError);
    },
  );
});

describe('attestations', () => {
  const small = { 'attest:provenance': 'mode=min,inline-only=true' };
  test.each([
    ['the small provenance by itself', [], true, {}, small],
    ['none where none can be kept', [], false, {}, {}],
    ['none when the environment says so', [], true, { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' }, {}],
    ['none when switched off', [attestationText('provenance', 'false')], true, {}, {}],
    [
      'a chosen mode',
      [attestationText('provenance', 'mode=max')],
      true,
      {},
      { 'attest:provenance': 'type=provenance,mode=max' },
    ],
    [
      'SBOM with a generator',
      ['type=sbom,generator=image'],
      true,
      {},
      { ...small, 'attest:sbom': 'type=sbom,generator=image' },
    ],
  ])('%s', (_, attests, supported, env, expected) => {
    expect(attestationAttributes({ attests }, supported, env)).toEqual(expected);
  });

  test.each([[['sbom']], [['generator=x']], [['type=sbom,disabled=maybe']]])(
    '%j is refused',
    (attests) => {
      expect(() => attestationAttributes({ attests }, true, {})).toThrow(ProfileError);
    },
  );

  test('asked for where none can be kept is refused with a remedy', () => {
    expect(() => attestationAttributes({ attests: ['type=sbom'] }, false, {})).toThrow(
      /containerd image store/,
    );
  });
});

describe('SSH', () => {
  const key = join(folder, 'key');
  writeFileSync(key, '');

  test('the running agent, a key, and an agent at a socket', async () => {
    const socket = join(folder, 'agent.sock');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const env = { SSH_AUTH_SOCK: '/agent' };
    const texts = ['default', `a=${key},key`, `b=${socket}`];
    expect(await sshSources(texts, folder, env)).toEqual([
      { id: 'default', socket: '/agent' },
      { id: 'a', keys: [key, key] },
      { id: 'b', socket },
    ]);
    server.close();
  });

  test.each([
    [['default'], /SSH_AUTH_SOCK/],
    [['a=missing'], /missing/],
    [['a=key', 'a=key'], /twice/],
  ])('%j is refused with a remedy', async (texts, message) => {
    await expect(sshSources(texts, folder, {})).rejects.toThrow(message);
  });
});

describe('a source policy', () => {
  test('is read with the names of its values', async () => {
    const path = join(folder, 'policy.json');
    const selector = { identifier: 'docker-image://*', matchType: 'EXACT' };
    writeFileSync(path, JSON.stringify({ rules: [{ action: 'DENY', selector }] }));
    expect(await readSourcePolicy(path)).toMatchObject({
      rules: [{ action: 1, selector: { identifier: 'docker-image://*', matchType: 1 } }],
    });
  });

  test('that is malformed is named with the place', async () => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, JSON.stringify({ rules: [{ action: 'FORBID' }] }));
    await expect(readSourcePolicy(path)).rejects.toThrow(/bad\.json.*rules\.0\.action/);
  });
});

test.each([
  ['alpine', 'alpine', 'latest', 'docker.io'],
  ['127.0.0.1:5000/x/y:1', '127.0.0.1:5000/x/y', '1', '127.0.0.1:5000'],
  ['user/app:t', 'user/app', 't', 'docker.io'],
  ['ghcr.io/a/b', 'ghcr.io/a/b', 'latest', 'ghcr.io'],
])('the reference %s', (name, repository, tag, host) => {
  expect(imageReference(name)).toEqual({ repository, tag, host });
});
