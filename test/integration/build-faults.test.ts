/**
 * Builds to which something happens: each ends in a clear state, with nothing left running or lying
 * about. `LLB_LENS_FAULTS=long` makes more of each, and prints figures.
 */
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { environmentFor, requireBuildkit } from '../env/context';
import { activeBuilds } from './active-builds';
import { startRelay } from './relay';
import { runCli, startCli } from './run-cli';

const long = process.env['LLB_LENS_FAULTS'] === 'long';
const buildkit = requireBuildkit('containerd');
const socket = buildkit.address.replace(/^unix:\/\//, '');
const root = mkdtempSync(join(tmpdir(), 'llb-lens-faults-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let temporary: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
  temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  writeFileSync(join(folder, '.dockerignore'), 'tmp\nout*\n');
  env = { ...environmentFor(buildkit), TMPDIR: temporary };
});

const dockerfile = (text: string) => writeFileSync(join(folder, 'Dockerfile'), text);
const start = (args: readonly string[], rest: NodeJS.ProcessEnv = {}) =>
  startCli(['build', '--progress', 'plain', ...args, '.'], {
    cwd: folder,
    env: { ...env, ...rest },
  });

const active = () => activeBuilds(buildkit.buildkitHost ?? buildkit.address);

describe('a daemon that goes away', () => {
  const moments = long ? 10 : 2;
  test.each(Array.from({ length: moments }, (_, index) => index))(
    'at some moment ends the build with a word (%d)',
    async (index) => {
      writeFileSync(join(folder, 'data'), randomFillSync(Buffer.alloc(20_000_000)));
      dockerfile(`FROM alpine\nCOPY . /x\nRUN echo ${Date.now()}; sleep 3\n`);
      const relay = await startRelay(socket);
      const build = start(['-o', 'type=tar,dest=out.tar'], { DOCKER_HOST: `unix://${relay.path}` });
      const cut = setTimeout(() => relay.cut(), 200 + Math.random() * 2_500 + index);
      const { code, stderr } = await build.ended;
      clearTimeout(cut);
      relay.cut();
      expect([1, 3]).toContain(code);
      expect(stderr.trim().split('\n').at(-1)).toMatch(/broke off|Docker|BuildKit|no socket/i);
      expect(stderr).not.toMatch(/internal error|at .*\.js:\d+/);
      expect(readdirSync(folder).filter((name) => name.startsWith('out'))).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
    },
  );
});

test('a full disk at the destination is named', async () => {
  dockerfile('FROM alpine\n');
  const { code, stderr } = await start(['-o', 'type=tar,dest=/dev/full']).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/ENOSPC|no space left/);
});

test('a client that is killed leaves no build running', async () => {
  dockerfile(`FROM alpine\nRUN echo begun ${Date.now()} && sleep 60\n`);
  const before = new Set(await active());
  const build = start([]);
  await build.says(' begun ');
  const own = (await active()).filter((ref) => !before.has(ref));
  expect(own.length).toBeGreaterThan(0);
  build.child.kill('SIGKILL');
  await build.ended;
  await expect
    .poll(active, { timeout: 15_000, interval: 300 })
    .not.toEqual(expect.arrayContaining(own));
});

test('many steps at once are all told', async () => {
  const count = 200;
  const stages = Array.from(
    { length: count },
    (_, index) => `FROM scratch AS s${index}\nCOPY <<E /${Date.now()}-${index}\nx\nE\n`,
  );
  const mounts = Array.from(
    { length: count },
    (_, index) => `--mount=type=bind,from=s${index},target=/m${index}`,
  );
  dockerfile([...stages, `FROM alpine\nRUN ${mounts.join(' ')} true\n`].join(''));
  const { code, stderr } = await start(['-o', 'type=cacheonly']).ended;
  expect(code).toBe(0);
  for (const index of [0, count - 1]) expect(stderr).toContain(`[s${index} 1/1]`);
});

test('a flood of log lines costs little memory and loses nothing', async () => {
  // More than 100 KiB in a second BuildKit would clip itself.
  const [steps, lines] = [long ? 200 : 6, 5_000];
  const run = (index: number) =>
    `RUN echo ${Date.now()} && seq 1 ${lines} | sed 's/^/step ${index} line /'\n`;
  dockerfile(`FROM alpine\n${Array.from({ length: steps }, (_, index) => run(index)).join('')}`);
  const usage = join(folder, 'tmp', 'usage');
  const peak = `process.on('exit',()=>require('fs').writeFileSync(${JSON.stringify(usage)},String(process.resourceUsage().maxRSS)))`;
  writeFileSync(join(temporary, 'peak.cjs'), peak);
  const options = `--require=${join(temporary, 'peak.cjs')}`;
  const { code, stderr, took } = await start(['-o', 'type=cacheonly'], { NODE_OPTIONS: options })
    .ended;
  expect(code).toBe(0);
  const told = stderr.match(/line \d+$/gm)?.length ?? 0;
  expect(told).toBe(steps * lines);
  const megabytes = Number(readFileSync(usage, 'utf8')) / 1024;
  if (long)
    console.log(`${told} lines in ${(took / 1000).toFixed(1)} s, peak ${megabytes.toFixed(0)} MB`);
  expect(megabytes).toBeLessThan(400);
});

test('standard error that nobody reads does not stop a build', async () => {
  dockerfile(`FROM alpine\nRUN echo ${Date.now()} && seq 1 1000\n`);
  expect(
    (await runCli(['build', '-q', '-o', 'type=cacheonly', '.'], { cwd: folder, env })).code,
  ).toBe(0);
});
