// `npm run env:up`, `env:status`, `env:down`, `env:clean`: the test environment by hand.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clean } from './clean';
import { runningDaemons } from './daemons';
import { allParts, startEnvironment } from './environment';
import { standingLease } from './leases';
import { withLock } from './lock';
import { places } from './places';
import { environmentExitCode } from './unavailable';

const commands: Record<string, () => Promise<number>> = {
  /** Provides everything and keeps the daemons running; on standard output, lines for a shell's `export`. */
  async up() {
    const environment = await startEnvironment({
      needs: allParts,
      say: (line) => console.error(line),
      standing: true,
    });
    const daemons = runningDaemons();
    for (const { name, address, buildkitHost } of daemons?.buildkits ?? []) {
      const variable = name.toUpperCase();
      console.log(`DOCKER_HOST_${variable}=${address}`);
      if (buildkitHost !== undefined) console.log(`BUILDKIT_HOST_${variable}=${buildkitHost}`);
    }
    if (daemons?.registry !== undefined) console.log(`REGISTRY=${daemons.registry}`);
    if (daemons?.bin !== undefined) console.log(`PROGRAMS=${daemons.bin}`);
    return environment.absent.some(({ kind }) => kind === 'download') ? environmentExitCode : 0;
  },

  /** Prints what runs, as JSON. */
  status() {
    const daemons = runningDaemons();
    console.log(JSON.stringify(daemons ?? null, null, 2));
    return Promise.resolve(daemons === undefined ? 1 : 0);
  },

  /** Ends the keeping of `up`; the daemons stop when no test run uses them. */
  async down() {
    rmSync(join(places().leases, standingLease), { force: true });
    for (let tries = 0; tries < 20 && runningDaemons() !== undefined; tries += 1) await sleep(100);
    if (runningDaemons() !== undefined) {
      console.error('environment: a test run still uses it; it stops with that');
      return 0;
    }
    // The keeper holds the lock until everything has stopped.
    await withLock(places().lock, () => Promise.resolve());
    console.error('environment: stopped');
    return 0;
  },

  /** Removes everything that was ever provisioned. */
  async clean() {
    await clean((line) => console.error(line));
    return 0;
  },
};

const name = process.argv[2] ?? '';
const command = commands[name];
if (command === undefined) {
  console.error(`usage: npm run env:up | env:status | env:down | env:clean (not "${name}")`);
  process.exitCode = 2;
} else {
  command().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  );
}
