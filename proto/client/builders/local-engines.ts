/**
 * Sockets at which engines listen on this machine besides Docker's own: Docker Desktop, rootless
 * daemons, and other virtual machines that carry a Docker. None of them is chosen by itself (neither
 * would `docker build`), but a list offers them and a failure names them.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuilderAddress } from '../address';
import type { Env } from '../docker-config';

export type LocalEngine = { readonly name: string; readonly address: BuilderAddress };

type Place = readonly [name: string, kind: 'docker-unix' | 'unix', path: string];

/** @param home the user's folder */
export function engineSockets(platform: NodeJS.Platform, env: Env, home: string): LocalEngine[] {
  return places(platform, env, home).map(([name, kind, path]) => ({
    name,
    address: { kind, path },
  }));
}

function places(platform: NodeJS.Platform, env: Env, home: string): readonly Place[] {
  if (platform === 'win32') {
    return [
      ['Docker', 'docker-unix', '\\\\.\\pipe\\docker_engine'],
      ['Docker Desktop', 'docker-unix', '\\\\.\\pipe\\dockerDesktopLinuxEngine'],
      ['BuildKit', 'unix', '\\\\.\\pipe\\buildkitd'],
    ];
  }
  const inHome = (name: string, ...path: string[]): Place => [
    name,
    'docker-unix',
    join(home, ...path),
  ];
  const runtime = env['XDG_RUNTIME_DIR'];
  return [
    ['Docker', 'docker-unix', '/var/run/docker.sock'],
    inHome('Docker Desktop', '.docker', 'run', 'docker.sock'),
    inHome('Docker Desktop', '.docker', 'desktop', 'docker.sock'),
    inHome('OrbStack', '.orbstack', 'run', 'docker.sock'),
    inHome('Rancher Desktop', '.rd', 'docker.sock'),
    inHome('Colima', '.colima', 'default', 'docker.sock'),
    inHome('Colima', '.config', 'colima', 'default', 'docker.sock'),
    ['BuildKit', 'unix', '/run/buildkit/buildkitd.sock'],
    ...(runtime === undefined
      ? []
      : ([
          ['Docker (rootless)', 'docker-unix', join(runtime, 'docker.sock')],
          ['BuildKit (rootless)', 'unix', join(runtime, 'buildkit', 'buildkitd.sock')],
        ] satisfies Place[])),
    // Under WSL, Docker Desktop shows its engine here even to distributions it is not integrated with.
    [
      'Docker Desktop',
      'docker-unix',
      '/mnt/wsl/docker-desktop/shared-sockets/guest-services/docker.proxy.sock',
    ],
  ];
}

/** Those that are there now. */
export async function localEngines(
  platform: NodeJS.Platform,
  env: Env,
  home: string,
): Promise<LocalEngine[]> {
  const found = await Promise.all(
    engineSockets(platform, env, home).map(async (engine) => {
      if (!('path' in engine.address)) return [];
      try {
        await access(engine.address.path);
        return [engine];
      } catch {
        // Not there.
        return [];
      }
    }),
  );
  return found.flat();
}
