/**
 * Mirrors that this machine's Docker is configured with: `registry-mirrors` of its `daemon.json`,
 * which stand in for Docker Hub only.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { dockerConfigFolder, readJsonObject, type Env } from '../docker-config';
import type { Mirrors } from './hosts';

/** Read anew each time, so that a change needs no restart; unreadable files count as absent. */
export async function configuredMirrors(env: Env): Promise<Mirrors> {
  const files = [...places(env)].map((file) => readJsonObject(file));
  for (const config of await Promise.all(files)) {
    const mirrors = config?.['registry-mirrors'];
    if (!Array.isArray(mirrors)) continue;
    return {
      'docker.io': mirrors.filter((mirror): mirror is string => typeof mirror === 'string'),
    };
  }
  return {};
}

/** Docker Desktop's, a rootless daemon's, the system's. */
function places(env: Env): string[] {
  const home = env['HOME'] ?? homedir();
  const programData = env['ProgramData'];
  return [
    join(dockerConfigFolder(env), 'daemon.json'),
    join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'docker', 'daemon.json'),
    programData === undefined
      ? '/etc/docker/daemon.json'
      : join(programData, 'docker', 'config', 'daemon.json'),
  ];
}
