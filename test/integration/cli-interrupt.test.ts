/** Ctrl-C in the middle of a build: the command ends, and nothing of the build runs on. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildkits, environmentFor } from '../env/context';
import { activeBuilds } from './active-builds';
import { type RunningCli, startCli } from './run-cli';

let folder: string;
/** Tells this run's `sleep` from any other on the machine; seconds. */
const nap = 10_000 + (process.pid % 80_000);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'llb-lens-interrupt-'));
  writeFileSync(
    join(folder, 'Dockerfile'),
    `FROM alpine\nRUN echo as$((1))leep; exec sleep ${nap}\n`,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const running: RunningCli[] = [];
afterEach(() => {
  for (const cli of running.splice(0)) cli.child.kill('SIGKILL');
});

/** How many processes of the step run; the provisioned daemons run on this machine. */
function sleepers(): number {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'latin1') === `sleep\0${nap}\0`;
    } catch {
      return false; // it ended while we looked
    }
  }).length;
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.each(buildkits())('on $name', (buildkit) => {
  const address = buildkit.buildkitHost ?? buildkit.address;

  test.each([
    ['SIGINT', 1],
    ['SIGTERM', 1],
    ['SIGINT', 2],
  ] as const)('%s, %d times', async (signal, times) => {
    const before = new Set(await activeBuilds(address));
    const cli = startCli(['build', '--no-cache', folder], { env: environmentFor(buildkit) });
    running.push(cli);
    // The shell has worked the arithmetic out, so this is the step's output, not its name.
    await cli.says('as1leep');
    await until('the step sleeps', () => sleepers() === 1);
    const own = (await activeBuilds(address)).filter((ref) => !before.has(ref));
    expect(own.length).toBeGreaterThan(0);

    const interrupted = performance.now();
    for (let count = 0; count < times; count += 1) {
      cli.child.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { code } = await cli.ended;
    expect(performance.now() - interrupted).toBeLessThan(5_000);
    expect(code).toBe(130);

    await until('the step has ended', () => sleepers() === 0);
    await until('the build has ended', async () => {
      const active = new Set(await activeBuilds(address));
      return own.every((ref) => !active.has(ref));
    });
  });
});
