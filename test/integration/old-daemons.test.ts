/** Docker 20.10, whose BuildKit is of 0.8: every way in says so, and what to do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { daemons } from '../env/context';
import { OwnDaemon } from '../env/own-daemon';
import { bundleAdapter } from './adapter-bundle';
import { DapClient } from './dap-client';
import { runCli } from './run-cli';
import { startService } from './service-process';

const folder = mkdtempSync(join(tmpdir(), 'llb-lens-old-'));
const daemon = OwnDaemon.find({ release: '20.10', store: 'graph' });
const tooOld = /is older than 0\.11\.\s+Update it: Docker Engine 23 and newer/;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  writeFileSync(join(folder, 'Dockerfile'), 'FROM alpine\nRUN true\n');
  await daemon?.start();
  env = { ...process.env, DOCKER_HOST: daemon?.address };
});
afterAll(async () => {
  await daemon?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const refusing = test.skipIf(daemons()?.root === undefined);

const noHistory = /keeps no build history; BuildKit 0\.11 \(Docker Engine 23\) and newer do/;

refusing.each([
  { args: ['build', '.'], code: 3, words: tooOld },
  { args: ['build', '--check', '.'], code: 3, words: tooOld },
  { args: ['history'], code: 1, words: noHistory },
])('llb-lens $args says that the builder is too old', async ({ args, code, words }) => {
  const end = await runCli(args, { cwd: folder, env });
  expect(end.stderr).toMatch(words);
  expect(end.code).toBe(code);
});

refusing.each([true, false])('a launch is refused (noDebug: %s)', async (noDebug) => {
  const { argv } = await bundleAdapter();
  const client = new DapClient(argv, env, folder);
  await expect(client.launch({ context: folder, noDebug })).rejects.toThrow(tooOld);
  client.kill();
});

refusing('the view of builders names what it cannot do', async () => {
  const service = startService(env);
  const { missing } = await service.request('builder/info', {});
  expect(missing[0]).toBe('Builds are not remembered (BuildKit 0.11).');
  expect(missing.length).toBeGreaterThan(5);
  service.stop();
});
