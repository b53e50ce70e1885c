import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { dockerConfigProblem } from './docker-config';

const folder = mkdtempSync(join(tmpdir(), 'llb-lens-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['absent', undefined, undefined],
  ['sound', '{"auths":{}}', undefined],
  ['cut off', '{"auths":', /config\.json is malformed/],
  ['a list', '[]', /config\.json holds no JSON object/],
])('a configuration that is %s', async (_, text, problem) => {
  const own = mkdtempSync(join(folder, 'case-'));
  if (text !== undefined) writeFileSync(join(own, 'config.json'), text);
  const found = await dockerConfigProblem({ DOCKER_CONFIG: own });
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});
