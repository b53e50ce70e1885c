// The process behind the running environment: starts the private root's daemons, keeps them while
// anyone holds a lease, and stops everything afterwards. It outlives the test run that started it.
import { spawn, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pushBaseImages } from './base-images';
import type { BuildkitDescription, RunningState } from './description';
import { askDocker } from './docker-api';
import { freePort } from './free-port';
import { liveLeases } from './leases';
import { tryLock, unlock } from './lock';
import { inside, places, type Places } from './places';
import { inNamespaces, installedRoot } from './private-root';
import { ownIdentity } from './process-identity';
import { serveRawBuildkit } from './raw-buildkit';
import { writeRootPrograms } from './root-programs';
import { daemonPlans, folderIdentity, writeServices } from './root-services';

/** How long the daemons may take to answer: 2 to 5 s on an idle machine. */
const startTimeout = 60_000;
const initScript = fileURLToPath(new URL('root-init.sh', import.meta.url));

function runningScript(here: Places): string {
  return join(here.run, 'root-init.sh');
}

async function main(): Promise<void> {
  const here = places();
  await untilPreviousRootEnded(here);
  const root = startRoot(here, await freePort());
  let locked = false;
  try {
    const state = await describe(here, root);
    writeFileSync(`${here.state}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
    renameSync(`${here.state}.new`, here.state);
    await untilUnused(here, root.child);
    locked = true;
  } finally {
    rmSync(here.state, { force: true });
    await stopRoot(root.child);
    await rm(here.data, { recursive: true, force: true });
    if (locked) unlock(here.lock);
  }
  process.exit(0);
}

/** The root of a keeper that was killed notices by itself, but takes some seconds to stop. */
async function untilPreviousRootEnded(here: Places): Promise<void> {
  let processId: string;
  try {
    processId = readFileSync(join(here.run, 'init.pid'), 'utf8').trim();
  } catch {
    return; // there was none
  }
  const isOurs = (): boolean => {
    try {
      return readFileSync(`/proc/${processId}/cmdline`, 'utf8').includes(
        `${runningScript(here)}\0${here.root}\0`,
      );
    } catch {
      return false; // it has ended
    }
  };
  while (isOurs()) await sleep(100);
}

interface RunningRoot {
  readonly child: ChildProcess;
  readonly registryPort: number;
}

function startRoot(here: Places, registryPort: number): RunningRoot {
  // Each start begins with empty daemons; images come from the registry in no time.
  for (const folder of [here.run, here.data]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  writeServices(here, daemonPlans(folderIdentity(here.home)), registryPort);
  // A shell reads its script as it goes: a copy, so that the checkout may change meanwhile.
  copyFileSync(initScript, runningScript(here));
  const log = openSync(join(here.run, 'init.log'), 'a');
  const [program, ...rest] = inNamespaces;
  const child = spawn(program, [...rest, 'sh', runningScript(here), here.root, inside.run], {
    stdio: ['pipe', log, log],
  });
  return { child, registryPort };
}

async function describe(here: Places, root: RunningRoot): Promise<RunningState> {
  const plans = daemonPlans(folderIdentity(here.home));
  const registry = `http://127.0.0.1:${root.registryPort}`;
  const [buildkits, images] = await Promise.all([
    Promise.all(plans.map((plan) => describeDaemon(here, root.child, plan.name))),
    whenReady(root.child, 'the registry', async () =>
      (await answers(registry)) ? registry : undefined,
    ).then(() => pushBaseImages(registry, here.root)),
  ]);
  writeRootPrograms(here, readFileSync(join(here.run, 'init.pid'), 'utf8').trim());
  const { suite = '', versions = {} } = installedRoot(here) ?? {};
  return {
    keeper: ownIdentity(),
    daemons: {
      buildkits,
      registry,
      images,
      bin: here.bin,
      root: here.root,
      versions: { suite, ...versions },
    },
  };
}

async function describeDaemon(
  here: Places,
  child: ChildProcess,
  name: string,
): Promise<BuildkitDescription> {
  const socket = join(here.run, `${name}.sock`);
  const facts = await whenReady(child, `dockerd (${name})`, () =>
    askDocker({ socketPath: socket }),
  );
  const raw = join(here.run, `${name}.buildkitd.sock`);
  await serveRawBuildkit(raw, socket);
  return {
    name,
    address: `unix://${socket}`,
    kind: 'docker',
    buildkitHost: `unix://${raw}`,
    store: facts.store,
    network: facts.bridge ? 'bridge' : 'none',
    version: facts.version,
  };
}

async function whenReady<T>(
  child: ChildProcess,
  what: string,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + startTimeout;
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`the private root ended with exit code ${child.exitCode}`);
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(100);
  }
  throw new Error(`${what} did not answer within ${startTimeout / 1000} s`);
}

async function answers(registry: string): Promise<boolean> {
  try {
    return (await fetch(`${registry}/v2/`)).ok;
  } catch {
    return false; // not listening yet
  }
}

/** Returns when nobody holds a lease (or a signal came), then holding the lock, so that nobody can take one. */
async function untilUnused(here: Places, child: ChildProcess): Promise<void> {
  const told = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => told.abort());
  const isOver = (): boolean =>
    told.signal.aborted || child.exitCode !== null || liveLeases(here.leases).length === 0;
  for (;;) {
    await sleep(500);
    if (!isOver() || !tryLock(here.lock)) continue;
    if (isOver()) return;
    unlock(here.lock);
  }
}

/** Closing its standard input stops the root; what does not stop in time is killed with its namespaces. */
async function stopRoot(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin?.end();
  const forced = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(forced);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
