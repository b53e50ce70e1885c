// Finds a BuildKit that is there already: BUILDKIT_HOST, else a reachable Docker. It is only used,
// never changed.
import { connect } from 'node:net';
import { run } from './command';
import type { BuildkitDescription } from './description';
import { askDocker, parseDockerHost } from './docker-api';

const defaultDocker = 'unix:///var/run/docker.sock';

export async function findBuildkit(
  environment: NodeJS.ProcessEnv,
): Promise<BuildkitDescription | undefined> {
  const host = environment['BUILDKIT_HOST'];
  if (host !== undefined && host !== '') {
    if (!(await listens(host)))
      throw new Error(`BUILDKIT_HOST is ${host}, but nothing answers there`);
    return {
      name: 'given',
      address: host,
      kind: 'buildkitd',
      buildkitHost: host,
      store: 'unknown',
      network: 'bridge',
      version: 'as given by BUILDKIT_HOST',
    };
  }
  for (const address of new Set([await currentDockerHost(environment), defaultDocker])) {
    const endpoint = parseDockerHost(address);
    const facts = endpoint === undefined ? undefined : await askDocker(endpoint);
    if (facts !== undefined) {
      return {
        name: 'given',
        address,
        kind: 'docker',
        buildkitHost: undefined,
        store: facts.store,
        network: facts.bridge ? 'bridge' : 'none',
        version: facts.version,
      };
    }
  }
  return undefined;
}

async function currentDockerHost(environment: NodeJS.ProcessEnv): Promise<string> {
  const named = environment['DOCKER_HOST'];
  if (named !== undefined && named !== '') return named;
  const result = await run(
    ['docker', 'context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'],
    {
      timeout: 5_000,
    },
  );
  return result.code === 0 && result.stdout.trim() !== '' ? result.stdout.trim() : defaultDocker;
}

/** Whether something accepts connections; schemes that need a program of their own are taken on trust. */
function listens(address: string): Promise<boolean> {
  const endpoint = parseDockerHost(address);
  if (endpoint === undefined) return Promise.resolve(true);
  const target = 'socketPath' in endpoint ? { path: endpoint.socketPath } : endpoint;
  return new Promise((resolve) => {
    const socket = connect(target);
    socket.setTimeout(5_000, () => socket.destroy());
    socket.on('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}
