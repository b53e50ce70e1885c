/** Ways to a real BuildKit: mutual TLS, programs that carry the connection, buildx's own store. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatAddress } from '../../proto/client/address';
import { connect } from '../../proto/client/connect';
import { ConnectError } from '../../proto/client/connect-error';
import { startSession } from '../../proto/client/session/start';
import { requireBuildkit } from '../env/context';
import { makeCertificates, type Certificates } from './certificates';
import { makeStandIns, type StandIns } from './stand-ins';

const { dockerHost, buildkitHost } = sockets();
const folder = mkdtempSync(join(tmpdir(), 'llb-lens-ways-'));
let standIns: StandIns;
let certificates: Certificates;
let relay: Server;
let port = 0;

function sockets() {
  const { address, buildkitHost } = requireBuildkit();
  const path = (host: string | undefined): string => (host ?? '').replace('unix://', '');
  return { dockerHost: path(address), buildkitHost: path(buildkitHost) };
}

beforeAll(async () => {
  standIns = makeStandIns(join(folder, 'bin'), {
    docker: buildkitHost,
    podman: buildkitHost,
    kubectl: buildkitHost,
    ssh: buildkitHost,
  });
  certificates = makeCertificates(folder);
  relay = createServer(
    {
      key: readFileSync(certificates.serverKey),
      cert: readFileSync(certificates.serverCert),
      ca: readFileSync(certificates.ca),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    },
    (near) => {
      const far = connectSocket(buildkitHost);
      for (const socket of [near, far]) socket.on('error', () => socket.destroy());
      near.pipe(far).pipe(near);
    },
  );
  relay.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const address = relay.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(() => {
  relay.close();
  rmSync(folder, { recursive: true, force: true });
});

function environment(files: Readonly<Record<string, unknown>> = {}): NodeJS.ProcessEnv {
  const config = mkdtempSync(join(folder, 'docker-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(config, path, '..'), { recursive: true });
    writeFileSync(join(config, path), JSON.stringify(content));
  }
  return { PATH: standIns.folder, DOCKER_CONFIG: config, HOME: folder };
}

/** Connects, opens a session, and says where it led. */
async function reach(builder: string, env: NodeJS.ProcessEnv, platforms?: readonly string[]) {
  const connection = await connect(builder, { env, platforms });
  try {
    const session = await startSession({ address: connection.address, env });
    await session.close();
    expect(connection.workers.length).toBeGreaterThan(0);
    return formatAddress(connection.address);
  } finally {
    connection.close();
  }
}

describe('a program that carries the connection', () => {
  test.each([
    ['docker-container://bk', ['docker', 'exec', '-i', 'bk', 'buildctl', 'dial-stdio']],
    ['podman-container://bk', ['podman', 'exec', '-i', 'bk', 'buildctl', 'dial-stdio']],
    ['kube-pod://bk', ['kubectl', 'exec', '-i', 'bk', '--', 'buildctl', 'dial-stdio']],
  ])('%s carries questions and a session', async (address, argv) => {
    const before = standIns.calls().length;
    expect(await reach(address, environment())).toBe(address);
    const calls = standIns.calls().slice(before);
    // One for the connection, one for the session, each a process of its own.
    expect(calls).toEqual([argv, argv]);
  });

  test('ssh to a buildkitd', async () => {
    expect(await reach('ssh://ci@far', environment())).toBe('ssh://ci@far');
    expect(standIns.calls().at(-1)?.slice(-4)).toEqual(['--', 'far', 'buildctl', 'dial-stdio']);
  });

  test('ssh to a Docker Engine, whose upgrade and session go through it', async () => {
    const there = makeStandIns(join(folder, 'docker-ssh'), { ssh: dockerHost });
    const env = { ...environment(), PATH: there.folder };
    expect(await reach('docker+ssh://far', env)).toBe('docker+ssh://far');
    expect(there.calls().map((call) => call.slice(-3))).toEqual([
      ['docker', 'system', 'dial-stdio'],
      ['docker', 'system', 'dial-stdio'],
    ]);
  });

  test('one that fails is quoted', async () => {
    const env = { PATH: '/nowhere' };
    await expect(connect('podman-container://bk', { env })).rejects.toThrow(
      'the podman command is not on PATH',
    );
  });
});

describe('mutual TLS', () => {
  const tls = (extra: Readonly<Record<string, string>>): string =>
    new URLSearchParams(extra).toString();

  test('connects and keeps a session with both certificates', async () => {
    const { ca, clientCert, clientKey } = certificates;
    const query = tls({ cacert: ca, cert: clientCert, key: clientKey });
    const address = `tcp://127.0.0.1:${port}?${query}`;
    expect(await reach(address, environment())).toBe(address);
  });

  test('the remote driver’s certificates are taken from buildx’s store', async () => {
    const { ca, clientCert, clientKey } = certificates;
    const env = environment({
      'buildx/instances/far': {
        Name: 'far',
        Driver: 'remote',
        Nodes: [
          {
            Name: 'far0',
            Endpoint: `tcp://127.0.0.1:${port}`,
            DriverOpts: { cacert: ca, cert: clientCert, key: clientKey, servername: 'localhost' },
          },
        ],
      },
    });
    expect(await reach('far', env)).toContain('servername=localhost');
  });

  test.each([
    ['no client certificate', () => ({ cacert: certificates.ca })],
    ['an authority that is not the server’s', () => ({ cacert: certificates.clientCert })],
    [
      'another name than the server’s',
      () => ({
        cacert: certificates.ca,
        cert: certificates.clientCert,
        key: certificates.clientKey,
        servername: 'elsewhere',
      }),
    ],
  ])('is refused with %s', async (_, query) => {
    const failure = connect(`tcp://127.0.0.1:${port}?${tls(query())}`);
    await expect(failure).rejects.toThrow(ConnectError);
  });
});

describe('buildx’s store', () => {
  test('a docker-container builder is reached through docker exec', async () => {
    const env = environment({
      'buildx/instances/box': {
        Name: 'box',
        Driver: 'docker-container',
        Nodes: [{ Name: 'box0', Endpoint: 'unix:///var/run/docker.sock' }],
      },
    });
    expect(await reach('box', env)).toBe(
      'docker-container://buildx_buildkit_box0?host=unix%3A%2F%2F%2Fvar%2Frun%2Fdocker.sock',
    );
  });

  test('a kubernetes builder is reached through buildx', async () => {
    const env = environment({
      'buildx/instances/pods': {
        Name: 'pods',
        Driver: 'kubernetes',
        Nodes: [{ Name: 'pods0', Endpoint: '' }],
      },
    });
    expect(await reach('pods', env)).toBe('buildx://pods');
    expect(standIns.calls().at(-1)).toEqual([
      'docker',
      'buildx',
      'dial-stdio',
      '--builder',
      'pods',
    ]);
  });

  const pool = {
    'buildx/instances/pool': {
      Name: 'pool',
      Driver: 'remote',
      Nodes: [
        { Name: 'pool0', Endpoint: 'unix:///nobody.sock' },
        {
          Name: 'pool1',
          Endpoint: `unix://${buildkitHost}`,
          Platforms: [{ os: 'linux', architecture: 'riscv64' }],
        },
      ],
    },
  };

  test('the node is chosen by platform, as the store says or as the node itself does', async () => {
    expect(await reach('pool', environment(pool), ['linux/riscv64'])).toBe(
      `unix://${buildkitHost}`,
    );
    expect(await reach('pool', environment(pool), ['linux/amd64'])).toBe(`unix://${buildkitHost}`);
  });

  test('platforms of two nodes at once are refused in plain words', async () => {
    const split = {
      'buildx/instances/pool': {
        ...pool['buildx/instances/pool'],
        Nodes: [
          {
            Name: 'pool0',
            Endpoint: 'unix:///nobody.sock',
            Platforms: [{ os: 'linux', architecture: 's390x' }],
          },
          pool['buildx/instances/pool'].Nodes[1],
        ],
      },
    };
    const platforms = ['linux/s390x', 'linux/riscv64'];
    const failure = connect('pool', { env: environment(split), platforms });
    await expect(failure).rejects.toThrow('(linux/s390x on pool0, linux/riscv64 on pool1)');
  });
});
