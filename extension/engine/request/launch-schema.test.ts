import { describe, expect, test } from 'vitest';
import manifest from '../../../package.json';
import { parseProfile } from '../profile/profile';

/** What launch.json offers for a build. */
const [debuggerOf] = manifest.contributes.debuggers;
const offered = Object.entries(debuggerOf?.configurationAttributes.launch.properties ?? {});

describe('the attributes that launch.json offers', () => {
  const lists = [
    'attests',
    'annotations',
    'cacheFrom',
    'cacheTo',
    'ssh',
    'allow',
    'outputs',
    'tags',
  ];
  test.each([...lists, 'sourcePolicy'])('%s is one, and a profile takes it', (name) => {
    expect(offered.map(([key]) => key)).toContain(name);
    const value = lists.includes(name) ? ['x'] : 'x';
    expect(parseProfile({ [name]: value })).toEqual({ [name]: value });
  });

  test('builds that contexts name are attributes by name', () => {
    expect(offered.map(([key]) => key)).toContain('targets');
    const profile = { contexts: { base: 'target:lib' }, targets: { lib: { context: 'lib' } } };
    expect(parseProfile(profile)).toEqual(profile);
    expect(() => parseProfile({ targets: { lib: { tags: 1 } } })).toThrow('targets.lib.tags');
  });
});
