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
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
}

function writeContext(name: string, host: string): void {
  const id = createHash('sha256').update(name).digest('hex');
  write(`contexts/meta/${id}/meta.json`, { Name: name, Endpoints: { docker: { Host: host } } });
}

test('without anything of Docker’s there is its default socket', async () => {
  expect(await listBuilders({ HOME: home })).toMatchObject({
    builders: [{ builder: 'docker+unix:///var/run/docker.sock', driver: 'docker', current: true }],
    problems: [],
  });
});

test('BUILDKIT_HOST comes first', async () => {
  const { builders } = await listBuilders({ HOME: home, BUILDKIT_HOST: 'tcp://build:1234' });
  expect(builders[0]).toEqual({
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
    Name: 'pool',
    Driver: 'docker-container',
    Nodes: [
      { Name: 'pool0', Endpoint: 'unix:///a.sock' },
      {
        Name: 'pool1',
        Endpoint: 'far',
        Platforms: [{ architecture: 'arm64', os: 'linux', variant: 'v8' }],
      },
    ],
  });
  write('buildx/instances/one', {
    Driver: 'remote',
    Nodes: [{ Name: 'one0', Endpoint: 'tcp://one:1234' }],
  });
  expect(await listBuilders({ HOME: home })).toEqual({
    builders: [
      {
        builder: 'docker+tcp://far:2375',
        name: 'far',
        driver: 'docker',
        address: 'tcp://far:2375',
        current: true,
      },
      {
        builder: 'one',
        name: 'one',
        driver: 'remote',
        address: 'tcp://one:1234',
        nodes: [{ name: 'one0', endpoint: 'tcp://one:1234', platforms: [] }],
        current: false,
      },
      {
        builder: 'pool',
        name: 'pool',
        driver: 'docker-container',
        nodes: [
          { name: 'pool0', endpoint: 'unix:///a.sock', platforms: [] },
          { name: 'pool1', endpoint: 'far', platforms: ['linux/arm64/v8'] },
        ],
        current: false,
      },
    ],
    problems: [],
  });
});

test('a Docker on another machine is reached through ssh', async () => {
  writeContext('far', 'ssh://ci@far');
  const { builders } = await listBuilders({ HOME: home });
  expect(builders.map(({ builder }) => builder)).toContain('docker+ssh://ci@far');
});

test('engines that listen here are offered', async () => {
  const path = join(home, '.docker', 'run', 'docker.sock');
  write('run/docker.sock', '');
  const { builders } = await listBuilders({ HOME: home });
  expect(builders).toContainEqual({
    builder: `docker+unix://${path}`,
    name: 'Docker Desktop',
    driver: 'docker',
    address: `docker+unix://${path}`,
    current: false,
  });
});

test.each([
  ['buildx/instances/bad', '{', 'instances/bad is not valid JSON'],
  ['buildx/instances/bad', '[]', 'instances/bad holds no JSON object'],
  ['buildx/instances/bad', '{"Nodes":[]}', 'instances/bad: it names no driver'],
  ['buildx/instances/bad', '{"Driver":"remote","Nodes":7}', 'its nodes are no list'],
  ['buildx/instances/bad', '{"Driver":"remote"}', 'it has no nodes'],
  ['buildx/instances/bad', '{"Driver":"remote","Nodes":[{}]}', 'a node has no name'],
  ['buildx/current', 'pool', 'current is not valid JSON'],
  ['config.json', '{"auths":', 'config.json is not valid JSON'],
  ['contexts/meta/abc/meta.json', '{', 'meta.json is not valid JSON'],
])('a broken %s is said: %s', async (path, text, words) => {
  write(path, text);
  const { problems } = await listBuilders({ HOME: home });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(words);
});
