/** Image metadata straight from a real registry, through a front that demands logins or fails. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { imageFromRegistry } from '../../extension/engine/image-files/registry-image';
import { scanLayer } from '../../extension/engine/image-files/layer-scan';
import { ImageCache } from '../../language-server/server/image-cache';
import { ImageLookup } from '../../language-server/server/image-lookup';
import { resolveFromRegistry } from '../../language-server/server/registry-resolver';
import { registrySource } from '../../language-server/server/registry-source';
import { offlineResolver } from '../../language-server/dockerfile';
import { Registry, type RegistryOptions } from '../../proto/client/registry/registry';
import { daemons } from '../env/context';
import { tar } from '../env/tar';
import { startRegistryFront, type Gate, type RegistryFront } from './registry-front';

const upstream = daemons()?.registry;
const login = { username: 'ada', password: 'se:cret' };
const amd64 = { os: 'linux', architecture: 'amd64' };

describe.skipIf(upstream === undefined)('a real registry', () => {
  let front: RegistryFront;
  let home: string;
  beforeAll(async () => {
    front = await startRegistryFront(upstream ?? '');
    home = await mkdtemp(join(tmpdir(), 'llb-lens-registry-'));
    const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    const config = JSON.stringify({ auths: { [front.host]: { auth } } });
    await writeFile(join(home, 'config.json'), config);
  });
  beforeEach(() => {
    front.gate = { kind: 'open' };
    front.log.length = 0;
  });
  afterAll(async () => {
    await front.close();
    await rm(home, { recursive: true });
  });

  const registry = (options: Partial<RegistryOptions> = {}) =>
    new Registry({ env: { DOCKER_CONFIG: home }, logins: true, ...options });
  const alpine = () => `${front.host}/library/alpine:3.20`;
  const expected = daemons()?.images['alpine:3.20'];

  test.each([
    ['linux', 'amd64', undefined],
    ['linux', 'arm64', 'v8'],
  ])('resolves a tag to the digest and the config of %s/%s', async (os, architecture, variant) => {
    const image = await resolveFromRegistry(registry(), alpine(), { os, architecture });
    expect(image.digest).toBe(expected);
    expect(image.size).toBeGreaterThan(0);
    const config: unknown = JSON.parse(image.config.toString('utf8'));
    expect(config).toMatchObject({ os, architecture, ...(variant && { variant }) });
  });

  test('an image is looked into layer by layer, whatever their size', async () => {
    const { host } = new URL(upstream ?? '');
    // More than any answer that is held in memory.
    const files = Buffer.alloc(12 * 1024 * 1024, randomBytes(1024));
    const archive = tar([{ type: 'file', path: 'large', content: files }]);
    const layer = await upload(host, 'llb-lens/large', archive);
    const diff = layer.digest;
    const config = {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [diff] },
    };
    const about = await upload(host, 'llb-lens/large', Buffer.from(JSON.stringify(config)));
    const repository = { domain: host, path: 'llb-lens/large' };
    const type = 'application/vnd.oci.image';
    const manifest = {
      schemaVersion: 2,
      mediaType: `${type}.manifest.v1+json`,
      config: { mediaType: `${type}.config.v1+json`, ...about },
      layers: [{ mediaType: `${type}.layer.v1.tar`, ...layer }],
    };
    const text = JSON.stringify(manifest);
    await registry().putManifest(repository, 'latest', { mediaType: manifest.mediaType, text });
    const wanted = { repository, version: 'latest', name: 'large', platform: amd64 };
    const { layers, origin } = await imageFromRegistry(registry(), wanted);
    expect(origin).toBe('registry');
    expect(layers).toMatchObject([{ digest: layer.digest, size: files.length }]);
    await expect(
      registry().streamBlob(repository, `sha256:${'0'.repeat(64)}`, () => scanLayer(false)),
    ).rejects.toMatchObject({ problem: 'not-found' });
  });

  test('resolves a digest, and a platform that the image lacks is not found', async () => {
    const reference = `${front.host}/library/alpine@${expected ?? ''}`;
    expect((await resolveFromRegistry(registry(), reference, amd64)).digest).toBe(expected);
    await expect(
      resolveFromRegistry(registry(), reference, { os: 'windows', architecture: 'amd64' }),
    ).rejects.toMatchObject({ problem: 'not-found' });
  });

  test('lists tags', async () => {
    const tags = await registry().tags({ domain: front.host, path: 'library/alpine' });
    expect(tags).toEqual(expect.arrayContaining(['3.20', 'latest']));
  });

  test.each<[string, Gate]>([
    ['a token for nobody in particular', { kind: 'token', post: false }],
    ['a token by POST', { kind: 'token', post: true, login }],
    ['a token from a server that knows GET only', { kind: 'token', post: false, login }],
    ['a login', { kind: 'basic', ...login }],
  ])('shows %s when asked for it', async (_name, gate) => {
    front.gate = gate;
    expect((await resolveFromRegistry(registry(), alpine(), amd64)).digest).toBe(expected);
    // One challenge is enough: the index, the manifest and the config share what was given.
    expect(front.log.filter((line) => line.endsWith(' 401'))).toHaveLength(1);
  });

  test.each<[string, Gate, ErrorShape]>([
    ['no login', { kind: 'basic', ...login }, { problem: 'unauthorized', status: 401 }],
    [
      'too many requests',
      { kind: 'status', status: 429, headers: { 'retry-after': '17' } },
      { problem: 'rate-limited', retryAfter: 17, message: /429 .*said by the registry/ },
    ],
    ['a broken registry', { kind: 'status', status: 500 }, { problem: 'server', status: 500 }],
    ['a missing image', { kind: 'status', status: 404 }, { problem: 'not-found' }],
  ])('says what is wrong: %s', async (_name, gate, { message, ...problem }) => {
    front.gate = gate;
    const failure = await resolveFromRegistry(registry({ logins: false }), alpine(), amd64).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject(problem);
    if (message !== undefined) expect(String(failure)).toMatch(message);
  });

  test('a silent registry can be cancelled, and else counts as unreachable', async () => {
    front.gate = { kind: 'silent' };
    const stop = new AbortController();
    const asked = resolveFromRegistry(registry(), alpine(), amd64, stop.signal);
    stop.abort();
    await expect(asked).rejects.toMatchObject({ problem: 'cancelled' });
    await expect(
      resolveFromRegistry(registry({ idleTimeout: 50 }), alpine(), amd64),
    ).rejects.toMatchObject({ problem: 'unreachable' });
  });

  test('a mirror is asked first, and passed over when it fails', async () => {
    const mirrors = () => Promise.resolve({ 'docker.io': [`http://${front.host}`] });
    const image = await resolveFromRegistry(registry({ mirrors }), 'alpine:3.20', amd64);
    expect(image.digest).toBe(expected);
    expect(front.log.some((line) => line.includes('ns=docker.io'))).toBe(true);
    const broken = { [front.host]: ['http://127.0.0.1:1'] };
    const direct = registry({ mirrors: () => Promise.resolve(broken) });
    expect((await resolveFromRegistry(direct, alpine(), amd64)).digest).toBe(expected);
  });

  describe('while typing', () => {
    const lookup = (network: 'off' | 'named', trusted: boolean) => {
      const source = registrySource({ DOCKER_CONFIG: home }, () => ({ network, trusted }));
      const cache = new ImageCache(join(home, `cache-${network}-${String(trusted)}`));
      return new ImageLookup(cache, offlineResolver(), [source], () => undefined);
    };
    const query = { platform: amd64, mode: 'default' } as const;

    test('the guess is replaced once the registry has answered', async () => {
      const images = lookup('named', true);
      const known = new Promise((resolve) => images.onKnown(resolve));
      const resolver = images.resolverFor('file:///D');
      expect(await resolver.resolve(alpine(), query)).toMatchObject({
        uncertain: true,
        via: 'guess',
      });
      await known;
      expect(await resolver.resolve(alpine(), query)).toMatchObject({
        digest: expected,
        uncertain: false,
        via: 'registry',
      });
    });

    test('closing the document ends a look-up that hangs', async () => {
      front.gate = { kind: 'silent' };
      const images = lookup('named', true);
      await images.resolverFor('file:///D').resolve(`${front.host}/hangs:1`, query);
      await expect.poll(() => front.open).toBe(1);
      images.drop('file:///D');
      // The front notes a request when its connection is over.
      await expect.poll(() => front.log.some((line) => line.includes('/hangs/'))).toBe(true);
    });

    test.each([
      ['off', true],
      ['named', false],
    ] as const)('with network %s and trust %s nothing is sent', async (network, trusted) => {
      const images = lookup(network, trusted);
      expect(await images.resolverFor('file:///D').resolve(alpine(), query)).toMatchObject({
        via: 'guess',
      });
      expect(front.log).toEqual([]);
    });
  });
});

type ErrorShape = { readonly message?: RegExp } & Readonly<Record<string, unknown>>;

/** Stores a blob as `docker push` does. */
async function upload(
  host: string,
  repository: string,
  bytes: Buffer,
): Promise<{ readonly digest: string; readonly size: number }> {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const base = `http://${host}`;
  const begun = await fetch(`${base}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const to = new URL(begun.headers.get('location') ?? '', base);
  to.searchParams.set('digest', digest);
  const stored = await fetch(to, { method: 'PUT', body: new Uint8Array(bytes) });
  expect(stored.status).toBe(201);
  return { digest, size: bytes.length };
}
