import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
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
