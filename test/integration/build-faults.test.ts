/**
 * Builds to which something happens: each ends in a clear state, with nothing left running or lying
 * about. `LLB_LENS_FAULTS=long` makes more of each, and prints figures.
 */
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { runBuild } from '../../extension/engine/job/run-build';
import { daemons, environmentFor, requireBuildkit } from '../env/context';
import { activeBuilds } from './active-builds';
import { OwnDaemon } from '../env/own-daemon';
import { startRelay } from './relay';
import { startRegistryFront } from './registry-front';
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
      const cut = setTimeout(
        () => relay.cut(),
        200 + Math.random() * (long ? 2_500 : 1_500) + index,
      );
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

const whenLong = (name: string, tests: () => void) => {
  if (long) describe(name, tests);
};

whenLong('a daemon that is killed', () => {
  const daemon = OwnDaemon.find();
  afterAll(() => daemon?.remove());

  test('at ten moments ends each build with a word, and builds again once it is back', async () => {
    if (daemon === undefined) throw new Error('there is no private root to start a daemon in');
    writeFileSync(join(folder, 'data'), randomFillSync(Buffer.alloc(50_000_000)));
    const ends: string[] = [];
    for (let moment = 0; moment < 10; moment++) {
      await daemon.start();
      dockerfile(`FROM alpine\nCOPY . /x\nRUN --network=none echo ${Date.now()}; sleep 3\n`);
      const build = start(['-o', 'type=tar,dest=out.tar'], { DOCKER_HOST: daemon.address });
      const after = Math.round(200 + Math.random() * 4_000);
      await sleep(after);
      await daemon.kill();
      const { code, stderr } = await build.ended;
      const last = stderr.trim().split('\n').at(-1) ?? '';
      ends.push(`after ${after} ms: ${code}, ${last}`);
      expect([1, 3]).toContain(code);
      expect(last).toMatch(/broke off|Docker|BuildKit|no socket/i);
      expect(stderr).not.toMatch(/internal error|at .*\.js:\d+/);
      expect(readdirSync(folder).filter((name) => name.startsWith('out'))).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
    }
    await daemon.start();
    // Its containers have no network.
    dockerfile('FROM alpine\nCOPY . /x\n');
    const again = await start(['-o', 'type=cacheonly'], { DOCKER_HOST: daemon.address }).ended;
    expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 });
    console.log(ends.join('\n'));
  }, 600_000);
});

test('a process that goes on keeps nothing of builds that broke off', async () => {
  const count = long ? 40 : 2;
  await writeFile(join(folder, 'data'), randomFillSync(Buffer.alloc(5_000_000)));
  dockerfile(`FROM alpine\nCOPY data /x\nRUN echo ${Date.now()}; sleep 30\n`);
  const broken = async (how: 'cut' | 'cancelled') => {
    const relay = await startRelay(socket);
    const stop = new AbortController();
    const end = await runBuild({
      profile: { context: folder, outputs: ['type=tar,dest=out.tar'] },
      cwd: folder,
      env: { ...env, DOCKER_HOST: `unix://${relay.path}` },
      signal: stop.signal,
      events: {
        output: (text) => {
          // The RUN has begun: files were sent, and everything is open that ever is.
          if (!/^#\d+ \d[\d.]* \d{13}$/m.test(text)) return;
          if (how === 'cut') relay.cut();
          else stop.abort();
        },
      },
    });
    relay.cut();
    expect(end.outcome).toBe(how === 'cut' ? 'failed' : 'cancelled');
  };
  // What is loaded or opened once stays.
  await broken('cut');
  await broken('cancelled');
  const open = () => ({
    files: readdirSync('/proc/self/fd').length,
    sockets: process.getActiveResourcesInfo().filter((one) => /pipe|tcp|worker/i.test(one)).length,
  });
  const before = open();
  const memory = process.memoryUsage().rss;
  for (let index = 0; index < count; index++) await broken(index % 2 === 0 ? 'cut' : 'cancelled');
  // What every build left would be there as often; anything else of this process may come and go.
  const left = () => {
    const { files, sockets } = open();
    return Math.max(files - before.files, sockets - before.sockets);
  };
  await expect.poll(left, { timeout: 10_000 }).toBeLessThan(count);
  expect(readdirSync(folder).filter((name) => name.startsWith('out'))).toEqual([]);
  if (long) {
    const grown = (process.memoryUsage().rss - memory) / 1e6;
    console.log(
      `${count} broken builds: ${JSON.stringify(before)} open before, ${JSON.stringify(open())} ` +
        `after, memory grown by ${grown.toFixed(0)} MB`,
    );
  }
}, 600_000);

whenLong('a disk that fills while the result is written', () => {
  test.each(['type=tar,dest=disk/out.tar', 'type=local,dest=disk/out', 'type=oci,dest=disk/o'])(
    'ends the build with a word (%s)',
    async (output) => {
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
      try {
        dockerfile('FROM alpine\nRUN head -c 5000000 /dev/urandom > /large\n');
        const { code, stderr } = await start(['-o', output]).ended;
        expect(code).toBe(1);
        expect(stderr).toMatch(/ENOSPC|no space left/);
        expect(readdirSync(disk).filter((name) => name.includes('partial'))).toEqual([]);
        console.log(`${output}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
      } finally {
        execFileSync('umount', ['-l', disk]);
      }
    },
  );
});

test('a full disk at the destination is named', async () => {
  dockerfile('FROM alpine\n');
  const { code, stderr } = await start(['-o', 'type=tar,dest=/dev/full']).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/ENOSPC|no space left/);
});

test('a registry that refuses, slows down or breaks ends the build with its status', async () => {
  const statuses = [401, 429, 500];
  dockerfile('FROM scratch\nCOPY Dockerfile /\n');
  const ends = await Promise.all(
    statuses.map(async (status) => {
      const front = await startRegistryFront(daemons()?.registry ?? '');
      front.gate = { kind: 'status', status };
      const { outcome, message = '' } = await runBuild({
        profile: { context: folder, contexts: { base: `docker-image://${front.host}/none:1` } },
        cwd: folder,
        env,
        unsaved: 'FROM base\n',
        events: { output: () => undefined },
      });
      const said = [message];
      // BuildKit tries to push for a quarter of a minute.
      if (long) {
        const { stderr } = await start(['--push', '-t', `${front.host}/x:${status}`]).ended;
        said.push(stderr.trim().split('\n').at(-1) ?? '');
      }
      await front.close();
      expect(front.log.length).toBeGreaterThan(0);
      return { status, outcome, said };
    }),
  );
  for (const { status, outcome, said } of ends) {
    expect(outcome).toBe('failed');
    for (const text of said) expect(text).toMatch(statusTexts.get(status) ?? '');
    if (long) console.log(said.join('\n'));
  }
  expect(readdirSync(temporary)).toEqual([]);
});

const statusTexts = new Map([
  [401, /401|unauthorized|authorization failed/i],
  [429, /429|too many requests/i],
  [500, /500|internal server error/i],
]);

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
}, 900_000);

test('standard error that nobody reads does not stop a build', async () => {
  dockerfile(`FROM alpine\nRUN echo ${Date.now()} && seq 1 1000\n`);
  expect(
    (await runCli(['build', '-q', '-o', 'type=cacheonly', '.'], { cwd: folder, env })).code,
  ).toBe(0);
});
