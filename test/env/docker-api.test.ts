import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { askDocker, parseDockerHost } from './docker-api';
import { freePort } from './free-port';

it.each([
  ['unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock' }],
  ['tcp://10.0.0.1:2376', { host: '10.0.0.1', port: 2376 }],
  ['tcp://box', { host: 'box', port: 2375 }],
  ['ssh://me@box', undefined],
  ['npipe:////./pipe/docker_engine', undefined],
])('%s', (address, endpoint) => {
  expect(parseDockerHost(address)).toEqual(endpoint);
});

describe('asking a Docker endpoint', () => {
  const docker =
    (builder: string, driverStatus: string[][], bridge: boolean): RequestListener =>
    (request, response) => {
      if (request.url === '/_ping') response.setHeader('Builder-Version', builder);
      response.statusCode = request.url === '/networks/bridge' && !bridge ? 404 : 200;
      response.end(JSON.stringify({ ServerVersion: '28.5.2', DriverStatus: driverStatus }));
    };

  async function ask(listener: RequestListener) {
    const server = createServer(listener);
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    try {
      return await askDocker({ host: '127.0.0.1', port });
    } finally {
      server.close();
    }
  }

  it.each([
    [
      'the containerd store',
      docker('2', [['driver-type', 'io.containerd.snapshotter.v1']], true),
      { store: 'containerd', version: '28.5.2', bridge: true },
    ],
    [
      'a graph driver without bridge',
      docker('2', [['Backing Filesystem', 'extfs']], false),
      { store: 'graph', version: '28.5.2', bridge: false },
    ],
    ['an endpoint that builds without BuildKit', docker('1', [], true), undefined],
  ])('tells %s', async (_, listener, facts) => {
    expect(await ask(listener)).toEqual(facts);
  });

  it('finds nothing where nothing listens', async () => {
    expect(await askDocker({ host: '127.0.0.1', port: await freePort() })).toBeUndefined();
  });
});
