import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AddressError, formatAddress } from '../address';
import { defaultBuilder } from './default-builder';
import type { Env } from '../docker-config';

/** A Docker configuration folder with these JSON files. */
function config(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'llb-lens-docker-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(
      join(folder, path),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  }
  return folder;
}

function contextFile(name: string): string {
  return `contexts/meta/${createHash('sha256').update(name).digest('hex')}/meta.json`;
}
const context = (name: string, host: string) => ({
  [contextFile(name)]: { Name: name, Endpoints: { docker: { Host: host } } },
});
const instance = { 'buildx/instances/mine': { Name: 'mine', Driver: 'docker-container' } };

describe('the default builder', () => {
  test.each<[string, Env, Record<string, unknown>, string, string]>([
    [
      'Docker where nothing is said',
      {},
      {},
      'docker-default',
      'docker+unix:///var/run/docker.sock',
    ],
    [
      'BUILDKIT_HOST before all',
      { BUILDKIT_HOST: 'tcp://b:1', DOCKER_HOST: 'unix:///d' },
      instance,
      'BUILDKIT_HOST',
      'tcp://b:1',
    ],
    [
      'DOCKER_HOST',
      { DOCKER_HOST: 'unix:///d' },
      context('c', 'unix:///c'),
      'DOCKER_HOST',
      'docker+unix:///d',
    ],
    [
      'DOCKER_HOST by tcp',
      { DOCKER_HOST: 'tcp://h:2375' },
      {},
      'DOCKER_HOST',
      'docker+tcp://h:2375',
    ],
    ['DOCKER_HOST by ssh', { DOCKER_HOST: 'ssh://u@h' }, {}, 'DOCKER_HOST', 'docker+ssh://u@h'],
    [
      'the current context',
      {},
      { 'config.json': { currentContext: 'c' }, ...context('c', 'unix:///c') },
      'docker-context',
      'docker+unix:///c',
    ],
    [
      'DOCKER_CONTEXT',
      { DOCKER_CONTEXT: 'd' },
      { 'config.json': { currentContext: 'c' }, ...context('d', 'unix:///d') },
      'docker-context',
      'docker+unix:///d',
    ],
    [
      'a buildx builder chosen for all',
      {},
      { 'buildx/current': { Name: 'mine', Global: true }, ...instance },
      'buildx',
      'buildx://mine',
    ],
    [
      'a buildx builder chosen for this endpoint',
      { DOCKER_HOST: 'unix:///d' },
      { 'buildx/current': { Key: 'unix:///d', Name: 'mine' }, ...instance },
      'buildx',
      'buildx://mine',
    ],
    [
      'no buildx builder of another endpoint',
      { DOCKER_HOST: 'unix:///d' },
      { 'buildx/current': { Key: 'unix:///other', Name: 'mine' }, ...instance },
      'DOCKER_HOST',
      'docker+unix:///d',
    ],
    [
      'no buildx builder that was removed',
      { DOCKER_HOST: 'unix:///d' },
      { 'buildx/current': { Name: 'mine', Global: true } },
      'DOCKER_HOST',
      'docker+unix:///d',
    ],
    ['BUILDX_BUILDER', { BUILDX_BUILDER: 'mine' }, {}, 'buildx', 'buildx://mine'],
    [
      'Docker where the configuration is broken',
      {},
      { 'config.json': '{' },
      'docker-default',
      'docker+unix:///var/run/docker.sock',
    ],
  ])('is %s', async (_, env, files, origin, address) => {
    const found = await defaultBuilder({ ...env, DOCKER_CONFIG: config(files) });
    expect([found.origin, formatAddress(found.address)]).toEqual([origin, address]);
  });

  test('has the certificates of its context', async () => {
    const id = createHash('sha256').update('c').digest('hex');
    const folder = config({
      ...context('c', 'tcp://h:2376'),
      [`contexts/tls/${id}/docker/ca.pem`]: 'x',
      [`contexts/tls/${id}/docker/key.pem`]: 'x',
    });
    const { address } = await defaultBuilder({ DOCKER_CONTEXT: 'c', DOCKER_CONFIG: folder });
    const tls = join(folder, 'contexts/tls', id, 'docker');
    expect(address).toEqual({
      kind: 'docker-tcp',
      host: 'h',
      port: 2376,
      tls: { caCert: join(tls, 'ca.pem'), key: join(tls, 'key.pem') },
    });
  });

  test('cannot be made of a BUILDKIT_HOST that is no address', async () => {
    await expect(defaultBuilder({ BUILDKIT_HOST: 'nonsense' })).rejects.toThrow(AddressError);
  });
});
