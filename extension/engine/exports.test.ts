import { describe, expect, test } from 'vitest';
import type { BuildProfile } from '../../proto/messages/build-profile';
import { type Export, exportsOf } from './exports';
import { ProfileError } from './profile';

const folder = (path: string) => ({ kind: 'folder', path }) as const;
const file = (path: string) => ({ kind: 'file', path }) as const;

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
      [{ type: 'image', attributes: { name: 'r/x', push: 'true' } }],
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
    ['cache only', { outputs: ['type=cacheonly'] }, true, []],
  ])('%s', (_, profile, isDocker, expected) => {
    expect(exportsOf(profile, isDocker, '/w')).toEqual(expected);
  });

  test.each(['type=tar', 'type=nonsense,dest=x', 'dest=x', 'type=local,dest', '"type=local'])(
    '%s is refused with a remedy',
    (text) => {
      expect(() => exportsOf({ outputs: [text] }, true, '/w')).toThrow(ProfileError);
    },
  );
});
