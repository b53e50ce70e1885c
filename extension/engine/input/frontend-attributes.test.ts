import { describe, expect, test } from 'vitest';
import type { BuildProfile } from '../../../proto/messages/build-profile';
import { frontendRequest } from './frontend-attributes';
import { ProfileError } from '../profile/profile';

const source = { file: '/src/app/Dockerfile', context: '/src/app' };

describe('a profile as frontend attributes', () => {
  test.each<[string, BuildProfile, Record<string, string>]>([
    ['nothing but the file', {}, {}],
    ['target', { target: 'dev' }, { target: 'dev' }],
    ['build args', { buildArgs: { A: '1', B: '' } }, { 'build-arg:A': '1', 'build-arg:B': '' }],
    ['labels', { labels: { a: 'b' } }, { 'label:a': 'b' }],
    [
      'platforms',
      { platforms: ['linux/amd64', 'linux/arm64'] },
      { platform: 'linux/amd64,linux/arm64' },
    ],
    ['no cache at all', { noCache: true }, { 'no-cache': '' }],
    ['no cache for stages', { noCache: ['a', 'b'] }, { 'no-cache': 'a,b' }],
    ['default network is not sent', { networkMode: 'default' }, {}],
    ['no network', { networkMode: 'none' }, { 'force-network-mode': 'none' }],
    ['extra hosts', { extraHosts: ['a:10.0.0.1', 'b=::1'] }, { 'add-hosts': 'a=10.0.0.1,b=::1' }],
    ['limits of steps', { resources: ['memory=1g'] }, { memory: '1073741824' }],
    ['shm size', { shmSize: '64m' }, { 'shm-size': '67108864' }],
    [
      'an image as context',
      { contexts: { base: 'docker-image://alpine' } },
      { 'context:base': 'docker-image://alpine' },
    ],
    ['a folder as context', { contexts: { lib: '/lib' } }, { 'context:lib': 'local:lib' }],
    [
      'a folder under a reserved name',
      { contexts: { context: '/x' } },
      { 'context:context': 'local:_context' },
    ],
  ])('%s', (_, profile, expected) => {
    expect(frontendRequest(profile, source).attributes).toEqual({
      filename: 'Dockerfile',
      ...expected,
    });
  });

  test('offers the folders its attributes name', () => {
    expect(
      frontendRequest({ contexts: { lib: '/lib', context: '/x' } }, source).directories,
    ).toEqual({
      dockerfile: '/src/app',
      context: '/src/app',
      lib: '/lib',
      _context: '/x',
    });
  });

  test('leaves a remote context to the daemon', () => {
    const remote = frontendRequest({}, { ...source, context: 'https://example.org/x.git' });
    expect(remote).toEqual({
      attributes: {
        filename: 'Dockerfile',
        context: 'https://example.org/x.git',
        dockerfilekey: 'dockerfile',
      },
      directories: { dockerfile: '/src/app' },
    });
  });
});

test.each([{ shmSize: 'many' }, { extraHosts: ['nowhere'] }])('%j is refused', (profile) => {
  expect(() => frontendRequest(profile, { file: '/src/app/Dockerfile', context: '/src' })).toThrow(
    ProfileError,
  );
});
