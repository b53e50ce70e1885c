// The two questions we ask a Docker endpoint: does it embed BuildKit, and how does it keep images.
import { request } from 'node:http';
import { isRecord } from './json';

export type ImageStore = 'containerd' | 'graph';

export interface DockerFacts {
  readonly store: ImageStore;
  /** Docker's version. */
  readonly version: string;
  /** Whether RUN steps get a network by default; without a bridge they need `none` or `host`. */
  readonly bridge: boolean;
}

/** Where the Docker Engine API listens: a socket's path, or host and port. */
export type DockerEndpoint =
  { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** Reads `unix:///path` and `tcp://host:port`; other schemes (ssh, npipe, TLS) are not for tests. */
export function parseDockerHost(address: string): DockerEndpoint | undefined {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) };
  if (!address.startsWith('tcp://')) return undefined;
  const { hostname, port } = new URL(address);
  return { host: hostname, port: Number(port === '' ? '2375' : port) };
}

/** The daemon's facts, or `undefined` when none answers there or it embeds no BuildKit. */
export async function askDocker(endpoint: DockerEndpoint): Promise<DockerFacts | undefined> {
  const ping = await get(endpoint, '/_ping');
  // Docker says 2 for BuildKit; Podman's compatible endpoint builds with buildah and says 1.
  if (ping?.headers['builder-version'] !== '2') return undefined;
  const answer = await get(endpoint, '/info');
  const info: unknown = JSON.parse(answer?.body ?? '{}');
  if (!isRecord(info)) return undefined;
  const bridge = await get(endpoint, '/networks/bridge');
  return {
    store: JSON.stringify(info['DriverStatus'] ?? []).includes('io.containerd.snapshotter')
      ? 'containerd'
      : 'graph',
    version: String(info['ServerVersion']),
    bridge: bridge?.status === 200,
  };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function get(endpoint: DockerEndpoint, path: string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const call = request(
      { ...endpoint, path, timeout: 5_000, headers: { host: 'docker' } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body }),
        );
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(undefined)); // nothing listens there
    call.end();
  });
}
