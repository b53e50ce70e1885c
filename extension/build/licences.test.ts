import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkLicences, chosenLicence, noticesText, packagesOf } from './licences';

const root = resolve(__dirname, '../..');

describe('the licence a package is used under', () => {
  test.each([
    ['left-pad', 'MIT', 'MIT'],
    ['dual', '(GPL-3.0-only OR MIT)', 'MIT'],
    ['both', 'MIT AND ISC', 'MIT AND ISC'],
    ['half', 'MIT AND GPL-2.0-only', undefined],
    ['tool', 'GPL-3.0-or-later', undefined],
    ['elkjs', 'EPL-2.0 OR GPL-3.0-or-later', 'EPL-2.0'],
    ['other', 'EPL-2.0', undefined],
  ])('%s under %s: %s', (name, expression, chosen) => {
    expect(chosenLicence(name, expression)).toBe(chosen);
  });
});

test('a refused licence stops the build and names the package', () => {
  const bad = { name: 'bad', version: '1.2.3', licence: 'AGPL-3.0-only', text: '' };
  expect(() => checkLicences([bad])).toThrow(/bad 1\.2\.3: AGPL-3\.0-only/);
});

test('notices name each package once, with version and licence text; own files are left out', () => {
  const packages = packagesOf(
    [
      'node_modules/@noble/hashes/sha2.js',
      'node_modules/@noble/hashes/utils.js',
      'node_modules/commander/lib/command.js',
      'proto/model/digest.ts',
    ],
    root,
  );
  expect(packages.map(({ name }) => name)).toEqual(['@noble/hashes', 'commander']);
  const text = noticesText(packages);
  expect(text).toMatch(/^commander \d+\.\d+\.\d+ \(MIT\)$/m);
  expect(text).toContain('Paul Miller');
});
