import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BuildFailure } from '../input/build-input';
import { createBuilder, removeBuilder } from './buildx-command';

const root = mkdtempSync(join(tmpdir(), 'llb-lens-buildx-'));
afterAll(() => rmSync(root, { recursive: true }));

/** The PATH of a machine whose docker command says this. */
function machineWhere(says: string | undefined, code = 1): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(root, 'bin-'));
  if (says !== undefined) {
    writeFileSync(join(bin, 'docker'), `#!/bin/sh\necho "${says}" >&2\nexit ${code}\n`);
    chmodSync(join(bin, 'docker'), 0o755);
  }
  return { PATH: bin };
}

const usage =
  "\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information";
const noBuildx = /^Builders are created and removed by docker buildx, and .* has no buildx\.$/;

// What docker commands of 20.10, 28.2 and 29 say.
describe.each([
  ['takes the options for its own', `unknown flag: --name${usage}`],
  ['knows no such command', "docker: 'buildx' is not a docker command.\nSee 'docker --help'"],
  ['says it in its new words', `docker: unknown command: docker buildx${usage}`],
])('a docker command without buildx that %s', (_, says) => {
  test('is named as what is missing', async () => {
    const env = machineWhere(says, 125);
    const create = createBuilder({ name: 'x', driver: 'docker-container' }, env);
    await expect(create).rejects.toThrow(BuildFailure);
    await expect(create).rejects.toThrow(noBuildx);
    await expect(removeBuilder('x', env)).rejects.toThrow(noBuildx);
  });
});

test('no docker command at all is told', async () => {
  await expect(removeBuilder('x', machineWhere(undefined))).rejects.toThrow(/not on PATH/);
});

test('what buildx itself says is passed on', async () => {
  const env = machineWhere('ERROR: existing instance for x');
  await expect(removeBuilder('x', env)).rejects.toThrow(/^ERROR: existing instance for x$/);
});
