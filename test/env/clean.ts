// Removes all that provisioning has put on the machine: processes, folders, Debian packages.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, succeed } from './command';
import { addedPackages, nonInteractive } from './debian-package';
import { parseState } from './description';
import { places } from './places';
import { isAlive } from './process-identity';

/** Stops the daemons, also when a test run still uses them, and removes the environment's folder. */
export async function clean(say: (line: string) => void): Promise<void> {
  const here = places();
  await stopKeeper(here.state);
  await untilNothingRunsBelow(here.root);
  await removePackages(say);
  if (existsSync(here.home)) {
    // Its mounts are in namespaces that have ended; a mount that is left would mean a foreign hand.
    const mounted = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${here.home}/`));
    if (mounted.length > 0)
      throw new Error(`still mounted, so nothing is removed:\n${mounted.join('\n')}`);
    say(`environment: removing ${here.home}`);
    rmSync(here.home, { recursive: true, force: true });
  }
}

async function stopKeeper(stateFile: string): Promise<void> {
  if (!existsSync(stateFile)) return;
  const state = parseState(readFileSync(stateFile, 'utf8'));
  if (state === undefined || !isAlive(state.keeper)) return;
  process.kill(Number(state.keeper.split('-')[0]), 'SIGTERM');
  while (isAlive(state.keeper)) await sleep(100);
}

/** Waits for the private root's processes to end (a keeper that was killed leaves them a few seconds). */
async function untilNothingRunsBelow(root: string): Promise<void> {
  for (let tries = 0; processesOf(root).length > 0; tries += 1) {
    if (tries === 150)
      throw new Error(`processes still run in ${root}: ${processesOf(root).join(', ')}`);
    await sleep(100);
  }
}

/** The first processes of private roots, whose command line names the folder. */
function processesOf(root: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const commandLine = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return (
        commandLine.some((word) => word.endsWith('root-init.sh')) && commandLine.includes(root)
      );
    } catch {
      return false; // it has just ended
    }
  });
}

/**
 * Purges the packages that we installed. What came with them goes too, if that takes nothing else
 * along: apt's notion of "no longer needed" covers the whole machine.
 */
async function removePackages(say: (line: string) => void): Promise<void> {
  const added = addedPackages();
  if (added.length === 0) return;
  const manual = (await succeed(['apt-mark', 'showmanual'])).split('\n');
  const asked = added.filter((name) => manual.includes(name));
  for (const options of [['--auto-remove'], []]) {
    const purge = ['purge', '-y', '-q', ...options, ...asked];
    const simulated = await run(['apt-get', '--simulate', ...purge], { env: nonInteractive });
    const removed = [...simulated.stdout.matchAll(/^(?:Purg|Remv) (\S+)/gm)].map(
      ([, name = '']) => name,
    );
    if (simulated.code !== 0 || !removed.every((name) => added.includes(name))) continue;
    say(
      `environment: purging what was installed for the tests: ${asked.join(', ')} (${removed.length} packages)`,
    );
    await succeed(['apt-get', ...purge], { env: nonInteractive });
    return;
  }
  say(`environment: keeping the packages ${asked.join(', ')}, since others need them now`);
}
