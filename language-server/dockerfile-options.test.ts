import { describe, expect, test } from 'vitest';
import type { BuildProfile } from '../proto/messages/build-profile';
import { dockerfileOptions, localContexts } from './dockerfile-options';

const surroundings = { filename: 'Dockerfile', buildPlatforms: ['linux/amd64'] };

describe('a build profile for the compiler', () => {
  test.each<[string, BuildProfile, object]>([
    ['nothing but the surroundings', {}, {}],
    [
      'a target and arguments',
      { target: 'a', buildArgs: { A: 'b' } },
      { target: 'a', buildArgs: { A: 'b' } },
    ],
    ['sizes in bytes', { shmSize: '64m' }, { shmSize: 67_108_864 }],
    ['a size that is none is left out', { shmSize: 'much' }, {}],
    ['defaults are not said', { networkMode: 'default', imageResolveMode: 'default' }, {}],
    ['the network', { networkMode: 'none' }, { networkMode: 'none' }],
    [
      'both ways to write a host',
      { extraHosts: ['a:1.2.3.4', 'b=[::1]'] },
      { extraHosts: ['a=1.2.3.4', 'b=::1'] },
    ],
    [
      'the address that only the builder knows is left out',
      { extraHosts: ['a=host-gateway', 'b=1.2.3.4,5.6.7.8'] },
      { extraHosts: ['b=1.2.3.4', 'b=5.6.7.8'] },
    ],
    [
      'limits by name, the last of each',
      { ulimits: ['nofile=5:6', 'core=0', 'nofile=1:2'] },
      { ulimits: ['core=0', 'nofile=1:2'] },
    ],
    [
      'folders as local sources',
      { contexts: { lib: '../lib', context: 'C:\\x' } },
      { contexts: { lib: 'local:lib', context: 'local:_context' } },
    ],
    [
      'other contexts as they are',
      { contexts: { a: 'docker-image://alpine' } },
      { contexts: { a: 'docker-image://alpine' } },
    ],
    [
      'a remote context',
      { context: 'https://example.com/x.git' },
      { contextUrl: 'https://example.com/x.git' },
    ],
    [
      'a repository over ssh, whoever the user is',
      { context: 'build-er@example.com:a/b.git#main' },
      { contextUrl: 'build-er@example.com:a/b.git#main' },
    ],
    [
      'what only a build needs is left out',
      { builder: 'b', outputs: ['type=local'], tags: ['t'] },
      {},
    ],
  ])('%s', (_, profile, expected) => {
    expect(dockerfileOptions(profile, surroundings)).toEqual({ ...surroundings, ...expected });
  });

  test('the folders among the named contexts', () => {
    const contexts = { lib: '../lib', image: 'docker-image://alpine', dockerfile: 'd' };
    expect(localContexts({ contexts })).toEqual({ lib: '../lib', _dockerfile: 'd' });
  });
});
