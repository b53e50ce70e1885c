import { describe, expect, test } from 'vitest';
import type { BuildProfile } from '../../../proto/messages/build-profile';
import { type Export, exportsOf } from './exports';
import { ProfileError } from '../profile/profile';

const folder = (path: string) => ({ kind: 'folder', path }) as const;
const file = (path: string) => ({ kind: 'file', path }) as const;
const engine = { kind: 'docker-unix', path: '/docker.sock' } as const;
const surroundings = { isDocker: true, cwd: '/w', engine, load: false };

describe('exporters', () => {
  test.each<[string, BuildProfile, boolean, Export[]]>([
    ['nothing asked: stays in the cache', {}, true, []],
    [
      'tags on Docker',
      { tags: ['a', 'b:1'] },
      true,
      [{ type: 'moby', attributes: { name: 'a,b:1' } }],
    ],
    ['tags elsewhere', { tags: ['a'] }, false, [{ type: 'image', attributes: { name: 'a' } }]],
    [
      'a path is a folder',
      { outputs: ['out'] },
      true,
      [{ type: 'local', attributes: {}, destination: folder('/w/out') }],
    ],
    [
      'local',
      { outputs: ['type=local,dest=/o'] },
      true,
      [{ type: 'local', attributes: {}, destination: folder('/o') }],
    ],
    [
      'tar',
      { outputs: ['type=tar,dest=o.tar'] },
      true,
      [{ type: 'tar', attributes: {}, destination: file('/w/o.tar') }],
    ],
    [
      'oci with attributes and a name',
      { outputs: ['type=oci,dest=o.tar,compression=zstd'], tags: ['t'] },
      false,
      [
        {
          type: 'oci',
          attributes: { name: 't', compression: 'zstd' },
          destination: file('/w/o.tar'),
        },
      ],
    ],
    [
      'registry pushes',
      { outputs: ['type=registry,name=r/x'] },
      false,
      [{ type: 'image', attributes: { name: 'r/x', push: 'true', unpack: 'false' } }],
    ],
    [
      'registry unpacks where it is told to',
      { outputs: ['type=registry,name=r/x,unpack=true'] },
      false,
      [{ type: 'image', attributes: { name: 'r/x', push: 'true', unpack: 'true' } }],
    ],
    [
      'docker without a file loads into Docker',
      { outputs: ['type=docker'], tags: ['t'] },
      true,
      [{ type: 'moby', attributes: { name: 't' } }],
    ],
    [
      'a quoted field',
      { outputs: ['type=image,"name=a,b"'] },
      false,
      [{ type: 'image', attributes: { name: 'a,b' } }],
    ],
    [
      'a dash is an archive on standard output',
      { outputs: ['-'] },
      false,
      [{ type: 'tar', attributes: {}, destination: { kind: 'stdout' } }],
    ],
    [
      "another builder's image goes to Docker",
      { outputs: ['type=docker'], tags: ['t'] },
      false,
      [
        {
          type: 'docker',
          attributes: { name: 't' },
          destination: { kind: 'docker', address: engine },
        },
      ],
    ],
    [
      'an OCI layout is a content store',
      { outputs: ['type=oci,tar=false,dest=layout'] },
      false,
      [{ type: 'oci', attributes: { tar: 'false' }, layout: '/w/layout' }],
    ],
    [
      'annotations go to every exporter',
      { outputs: ['type=image'], annotations: ['a=b', 'index,manifest[linux/amd64]:c=d'] },
      false,
      [
        {
          type: 'image',
          attributes: {
            'annotation.a': 'b',
            'annotation-index.c': 'd',
            'annotation-manifest[linux/amd64].c': 'd',
          },
        },
      ],
    ],
    ['cache only', { outputs: ['type=cacheonly'] }, true, []],
  ])('%s', (_, profile, isDocker, expected) => {
    expect(exportsOf(profile, { ...surroundings, isDocker })).toEqual(expected);
  });

  test.each([
    'type=local',
    'type=oci,tar=false',
    'type=nonsense,dest=x',
    'dest=x',
    'type=local,dest',
    '"type=local',
    'type=image,push=true',
  ])('%s is refused with a remedy', (text) => {
    expect(() => exportsOf({ outputs: [text] }, surroundings)).toThrow(ProfileError);
  });

  test('an untagged image is kept in Docker where docker build would keep it', () => {
    expect(exportsOf({}, { ...surroundings, load: true })).toEqual([
      { type: 'moby', attributes: {} },
    ]);
    expect(exportsOf({}, { ...surroundings, load: true, isDocker: false })).toEqual([]);
  });
});
