import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listBuilders } from './builder-list';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'llb-lens-builders-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

function write(path: string, value: unknown): void {
  const file = join(home, '.docker', path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

function writeContext(name: string, host: string): void {
  const id = createHash('sha256').update(name).digest('hex');
  write(`contexts/meta/${id}/meta.json`, { Name: name, Endpoints: { docker: { Host: host } } });
}

test('without anything of Docker’s there is its default socket', async () => {
  expect(await listBuilders({ HOME: home })).toMatchObject([
    { builder: 'docker+unix:///var/run/docker.sock', driver: 'docker', current: true },
  ]);
});

test('BUILDKIT_HOST comes first', async () => {
  const [first] = await listBuilders({ HOME: home, BUILDKIT_HOST: 'tcp://build:1234' });
  expect(first).toEqual({
    builder: 'tcp://build:1234',
    name: 'tcp://build:1234',
    driver: 'buildkitd',
    address: 'tcp://build:1234',
    current: true,
  });
});

test('contexts and buildx builders are listed, the one in use marked and not twice', async () => {
  writeContext('far', 'tcp://far:2375');
  write('config.json', { currentContext: 'far' });
  write('buildx/instances/pool', {
    Driver: 'docker-container',
    Nodes: [{ Endpoint: 'unix:///a.sock' }, { Endpoint: 'unix:///b.sock' }],
  });
  write('buildx/instances/one', { Driver: 'remote', Nodes: [{ Endpoint: 'tcp://one:1234' }] });
  expect(await listBuilders({ HOME: home })).toEqual([
    {
      builder: 'docker+tcp://far:2375',
      name: 'far',
      driver: 'docker',
      address: 'tcp://far:2375',
      current: true,
    },
    { builder: 'one', name: 'one', driver: 'remote', address: 'tcp://one:1234', current: false },
    { builder: 'pool', name: 'pool', driver: 'docker-container', current: false },
  ]);
});
