// The daemons of an older Docker, offered as the test environment's own are: one for each image
// store, under the same names, so that a test has one name on all releases.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuildkitDescription, Daemons } from './description';
import { askDocker, type DockerFacts } from './docker-api';
import type { OldRelease } from './old-docker';
import { OwnDaemon } from './own-daemon';
import { serveRawBuildkit } from './raw-buildkit';

export interface OldDaemons {
  /** The environment with these daemons in place of its own. */
  readonly daemons: Daemons;
  close(): Promise<void>;
}

/** Starts them beside those of `environment`. @throws {Error} where it has no private root */
export async function startOldDaemons(
  release: OldRelease,
  environment: Daemons,
  stores: readonly ('containerd' | 'graph')[],
): Promise<OldDaemons> {
  const folder = mkdtempSync(join(tmpdir(), 'llb-old-'));
  const closing: (() => Promise<void> | void)[] = [
    () => rmSync(folder, { recursive: true, force: true }),
  ];
  const close = async (): Promise<void> => {
    for (const one of closing.toReversed()) await one();
  };
  try {
    const buildkits = await Promise.all(
      stores.map(async (store): Promise<BuildkitDescription> => {
        const daemon = OwnDaemon.find({ network: true, store, release, environment });
        if (daemon === undefined) throw new Error(`Docker ${release} is not in the environment`);
        closing.push(() => daemon.remove());
        await daemon.start();
        const facts = await factsOf(daemon.address);
        const raw = join(folder, `${store}.sock`);
        const server = await serveRawBuildkit(raw, daemon.address.replace('unix://', ''));
        closing.push(() => void server.close());
        return {
          name: store,
          address: daemon.address,
          kind: 'docker',
          buildkitHost: `unix://${raw}`,
          store: facts.store,
          network: facts.bridge ? 'bridge' : 'none',
          version: facts.version,
        };
      }),
    );
    return { daemons: { ...environment, buildkits }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Its socket is there before it answers. */
async function factsOf(address: string): Promise<DockerFacts> {
  const endpoint = { socketPath: address.replace('unix://', '') };
  for (;;) {
    const facts = await askDocker(endpoint);
    if (facts !== undefined) return facts;
    await sleep(100);
  }
}
