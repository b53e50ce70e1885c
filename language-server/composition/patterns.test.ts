import { describe, expect, test } from 'vitest';
import manifest from '../../package.json';
import { isCompositionPath } from './patterns';

/** What the manifest's clauses take for the name of such a file. */
const clauses = Object.values(manifest.contributes.menus)
  .flat()
  .map((item) => /resourceFilename =~ \/(.*)\/i\b/.exec('when' in item ? item.when : '')?.[1])
  .filter((pattern) => pattern !== undefined);

describe('the name of a Bake or Compose file', () => {
  test.each([
    ['docker-bake.hcl', true],
    ['docker-bake.override.hcl', true],
    ['bake.json', true],
    ['bake.dev.hcl', true],
    ['compose.yaml', true],
    ['compose.prod.yml', true],
    ['docker-compose.yml', true],
    ['docker-compose-dev.yml', true],
    ['Docker-Compose.yml', true],
    ['composer.json', false],
    ['decompose.yaml', false],
    ['mybake.hcl', false],
    ['bake.yaml', false],
    ['compose.json', false],
  ])('%s: %s, in the menus too', (name, is) => {
    expect(isCompositionPath(`/a folder/${name}`)).toBe(is);
    expect(clauses).not.toEqual([]);
    for (const pattern of clauses) expect(new RegExp(pattern, 'i').test(name)).toBe(is);
  });
});
