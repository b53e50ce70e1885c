/** Where this process runs, as far as it explains that there is no Docker socket. */
import { existsSync } from 'node:fs';
import type { Env } from './docker-config';

export type Surroundings = 'dev container' | 'codespace' | 'container' | 'wsl' | 'machine';

/** @param exists says whether a file is there */
export function surroundings(env: Env, exists: (path: string) => boolean): Surroundings {
  if (env['CODESPACES'] === 'true') return 'codespace';
  const inContainer = exists('/.dockerenv') || exists('/run/.containerenv');
  if (env['REMOTE_CONTAINERS'] === 'true' || (inContainer && exists('/workspaces'))) {
    return 'dev container';
  }
  if (inContainer) return 'container';
  return env['WSL_DISTRO_NAME'] === undefined ? 'machine' : 'wsl';
}

const advice: Readonly<Record<Surroundings, string | undefined>> = {
  'dev container':
    'This is a dev container without a Docker socket: add the feature ' +
    'ghcr.io/devcontainers/features/docker-outside-of-docker to devcontainer.json and rebuild it, ' +
    'or mount the host’s socket with "mounts".',
  codespace:
    'This codespace has no Docker: add the feature ' +
    'ghcr.io/devcontainers/features/docker-in-docker to devcontainer.json and rebuild it.',
  container:
    'This is a container without a Docker socket: start it with ' +
    '-v /var/run/docker.sock:/var/run/docker.sock.',
  wsl:
    'This is WSL: in Docker Desktop, turn on Settings > Resources > WSL integration for this ' +
    'distribution, or start a Docker of its own.',
  machine: undefined,
};

/** What to do where Docker's socket is missing, for this process. */
export function missingSocketAdvice(
  env: Env = process.env,
  exists: (path: string) => boolean = existsSync,
): string | undefined {
  return advice[surroundings(env, exists)];
}
