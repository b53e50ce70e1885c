// Hands out a running BuildKit: one that is there, else the private root's, started when nobody runs it.
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseState, type Daemons } from './description';
import { findBuildkit } from './existing-buildkit';
import { takeLease, standingLease } from './leases';
import { withLock } from './lock';
import { longestSocketPath, places, type Places } from './places';
import { ensureRoot } from './private-root';
import { identityOf, isAlive } from './process-identity';
import { Unavailable } from './unavailable';

export interface AcquiredDaemons {
  readonly daemons: Daemons;
  /** Gives them back; what we started stops when the last user has. */
  release(): void;
}

export interface AcquireOptions {
  readonly say: (line: string) => void;
  /** Keep the environment until `env:down`, beyond this process. */
  readonly standing?: boolean;
  /** Use the private root even when another BuildKit is there (also: LLB_LENS_TEST_PRIVATE=1). */
  readonly isPrivate?: boolean;
}

/** @throws {Unavailable} when there is no BuildKit and none can be provisioned here. */
export async function acquireDaemons(options: AcquireOptions): Promise<AcquiredDaemons> {
  const isPrivate = options.isPrivate ?? process.env['LLB_LENS_TEST_PRIVATE'] === '1';
  const found = isPrivate ? undefined : await findBuildkit(process.env);
  if (found !== undefined) {
    const versions = { [found.kind]: found.version };
    const daemons = {
      buildkits: [found],
      registry: undefined,
      images: {},
      bin: undefined,
      root: undefined,
      versions,
    };
    return { daemons, release: () => undefined };
  }

  const here = places();
  checkSocketPath(here);
  return withLock(here.lock, async () => {
    const root = await ensureRoot(here, options.say);
    if (root.lacks !== undefined)
      options.say(`environment: this is ${root.suite}, with ${root.lacks}`);
    const release = takeLease(here.leases, options.standing === true ? standingLease : undefined);
    try {
      return { daemons: runningDaemons(here) ?? (await startKeeper(here)), release };
    } catch (error) {
      release();
      throw error;
    }
  });
}

/** The daemons that run now, if any. */
export function runningDaemons(here: Places = places()): Daemons | undefined {
  let text: string;
  try {
    text = readFileSync(here.state, 'utf8');
  } catch {
    return undefined; // nothing runs
  }
  const state = parseState(text);
  return state !== undefined && isAlive(state.keeper) ? state.daemons : undefined;
}

async function startKeeper(here: Places): Promise<Daemons> {
  mkdirSync(here.home, { recursive: true });
  const log = openSync(here.keeperLog, 'w');
  const loader = createRequire(import.meta.url).resolve('tsx');
  const keeper = spawn(
    process.execPath,
    ['--import', loader, fileURLToPath(new URL('keeper.ts', import.meta.url))],
    {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
    },
  );
  keeper.unref();
  const identity = identityOf(keeper.pid ?? 0);
  for (;;) {
    const daemons = runningDaemons(here);
    if (daemons !== undefined) return daemons;
    if (!isAlive(identity)) break;
    await sleep(50);
  }
  throw new Error(
    `the test environment did not start:\n${readFileSync(here.keeperLog, 'utf8')}(logs: ${here.run})`,
  );
}

function checkSocketPath(here: Places): void {
  const longest = `${here.run}/containerd/containerd/containerd.sock.ttrpc`;
  if (Buffer.byteLength(longest) > longestSocketPath) {
    throw new Unavailable(
      'buildkit',
      'absent',
      `${here.home} is too long for sockets; set XDG_CACHE_HOME`,
    );
  }
}
