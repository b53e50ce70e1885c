import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addBuildOptions, type BuildFlags } from './build-flags';
import { buildProfile } from './profile';

function profileFor(...args: string[]) {
  const command = addBuildOptions(new Command()).parse(args, { from: 'user' });
  return buildProfile('.', command.opts<BuildFlags>(), { HOME: '/nowhere' });
}

describe('limits of steps', () => {
  test.each([
    [
      ['--resource', 'memory=2g', '--resource=cpu-quota=50000'],
      ['memory=2g', 'cpu-quota=50000'],
    ],
    [
      ['-m', '1g', '--cpuset-cpus', '0-3'],
      ['memory=1g', 'cpuset-cpus=0-3'],
    ],
    [
      ['-m', '1g', '--resource', 'memory=2g'],
      ['memory=1g', 'memory=2g'],
    ],
  ])('%j', async (args, resources) => {
    expect(await profileFor(...args)).toMatchObject({ resources });
  });

  test('none where none are asked for', async () => {
    expect(await profileFor()).not.toHaveProperty('resources');
  });
});

describe('policies', () => {
  test('are refused, since nothing here evaluates them', async () => {
    await expect(profileFor('--policy', 'filename=p.rego')).rejects.toMatchObject({
      exitCode: 2,
      message: '--policy filename=p.rego: LLB Lens evaluates no Rego policies',
    });
  });

  test('may be turned off', async () => {
    expect(await profileFor('--policy', 'disabled=true')).toMatchObject({ context: '.' });
  });
});

describe('--push', () => {
  test.each([
    ['alone pushes an image', [], ['type=registry']],
    [
      'pushes the images that are made, which are not unpacked',
      ['-o', 'type=image,name=r/x', '-o', 'out'],
      ['type=image,name=r/x,push=true,unpack=false', 'out'],
    ],
    [
      'leaves the unpacking to what an output says of it',
      ['-o', 'type=image,unpack=true'],
      ['type=image,unpack=true,push=true'],
    ],
  ])('%s', async (_, args, outputs) => {
    expect(await profileFor('--push', ...args)).toMatchObject({ outputs });
  });
});

describe('proxies of Docker’s configuration', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'llb-lens-proxies-'));
    const proxies = {
      default: { httpProxy: 'http://p', noProxy: 'x' },
      'tcp://h:1': { httpsProxy: 'http://s' },
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ proxies }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const argumentsFor = async (env: object, ...args: string[]) => {
    const command = addBuildOptions(new Command()).parse(args, { from: 'user' });
    const all = { DOCKER_CONFIG: folder, ...env };
    return (await buildProfile('.', command.opts<BuildFlags>(), all)).buildArgs;
  };

  test('are arguments in capitals', async () => {
    expect(await argumentsFor({})).toEqual({ HTTP_PROXY: 'http://p', NO_PROXY: 'x' });
  });

  test('of a daemon are all that it has', async () => {
    const env = { DOCKER_HOST: 'tcp://h:1' };
    expect(await argumentsFor(env)).toEqual({ HTTPS_PROXY: 'http://s' });
  });

  test('give way to an argument of that name in any case', async () => {
    const given = await argumentsFor({}, '--build-arg', 'http_proxy=');
    expect(given).toEqual({ http_proxy: '', NO_PROXY: 'x' });
  });
});
