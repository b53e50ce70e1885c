/** Who answers when it is not BuildKit: stand-ins on real sockets, and what the user is told. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAddress } from './address';
import { connect } from './connect';
import { ConnectError } from './connect-error';

const folder = mkdtempSync(join(tmpdir(), 'llb-lens-connect-'));
const at = (name: string): string => join(folder, name);
const servers: Server[] = [];

async function listen(server: Server, name: string | number): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => {
    if (typeof name === 'string') server.listen(at(name), resolve);
    else server.listen(name, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

let tlsPort = 0;
beforeAll(async () => {
  await listen(
    createHttp((_, response) => response.writeHead(404, { server: 'Libpod/5.4.0 (linux)' }).end()),
    'podman',
  );
  await listen(
    createHttp((_, response) => response.writeHead(404).end()),
    'http',
  );
  await listen(
    createServer((socket) => socket.end('SSH-2.0-nobody\r\n')),
    'ssh',
  );
  await listen(
    createServer((socket) => socket.once('data', () => socket.end())),
    'closing',
  );
  await listen(
    createServer(() => undefined),
    'silent',
  );
  const otherGrpc = createHttp2();
  otherGrpc.on('stream', (stream) => {
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': '12',
        'grpc-message': 'unknown service',
      },
      { endStream: true },
    );
  });
  await listen(otherGrpc, 'containerd');
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-keyout',
      at('key.pem'),
      '-out',
      at('cert.pem'),
      '-subj',
      '/CN=stranger',
      '-days',
      '1',
    ],
    { stdio: 'ignore' },
  );
  const { readFileSync } = await import('node:fs');
  tlsPort = await listen(
    createTls({ key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) }),
    0,
  );
  writeFileSync(at('file'), '');
  writeFileSync(at('docker'), '#!/bin/sh\necho "ERROR: no builder \\"$4\\" found" >&2\nexit 1\n');
  chmodSync(at('docker'), 0o755);
});
afterAll(() => {
  for (const server of servers) server.close();
});

async function failure(
  text: string,
  options: Parameters<typeof connect>[1] = {},
): Promise<ConnectError> {
  try {
    (await connect(text, options)).close();
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error(`${text} must not connect`);
}

describe('where there is no BuildKit, the message says what is the matter', () => {
  test.each([
    ['unix', 'missing', 'no-socket', 'nothing at'],
    ['unix', 'file', 'not-buildkit', 'is not a socket'],
    ['unix', 'http', 'not-buildkit', 'use docker+unix://'],
    ['unix', 'ssh', 'not-buildkit', 'does not speak HTTP/2'],
    ['unix', 'closing', 'not-buildkit', 'closed the connection'],
    ['unix', 'containerd', 'not-buildkit', "not BuildKit's: unknown service"],
    ['docker+unix', 'podman', 'not-buildkit', 'It is Podman'],
    ['docker+unix', 'podman', 'not-buildkit', 'BUILDKIT_HOST=tcp://127.0.0.1:1234'],
    ['docker+unix', 'http', 'not-buildkit', '404 Not Found'],
    ['docker+unix', 'ssh', 'not-buildkit', 'closed the connection'],
    ['docker+unix', 'missing', 'no-socket', 'systemctl start docker'],
  ])('%s to %s: %s, "%s"', async (scheme, name, problem, words) => {
    const error = await failure(`${scheme}://${at(name)}`);
    expect(error.problem).toBe(problem);
    expect(error.message).toContain(words);
    expect(error.message.startsWith('No BuildKit')).toBe(true);
  });

  test('a port nobody listens on', async () => {
    const error = await failure('tcp://127.0.0.1:1');
    expect([error.problem, error.remedy.includes('buildkitd')]).toEqual(['refused', true]);
  });

  test('a certificate nobody vouches for', async () => {
    const error = await failure(`tcp://127.0.0.1:${tlsPort}?tls=1`);
    expect([error.problem, error.remedy]).toEqual([
      'tls',
      'Check cacert, cert and key of the address.',
    ]);
  });

  test('certificate files that cannot be read', async () => {
    expect((await failure(`tcp://127.0.0.1:${tlsPort}?cacert=${at('none')}`)).problem).toBe('tls');
  });

  test('a server that never says anything', async () => {
    const error = await failure(`unix://${at('silent')}`, { timeout: 200 });
    expect(error.problem).toBe('timeout');
  });

  test('a builder that buildx does not know', async () => {
    const error = await failure('buildx://nobody', { env: { PATH: `${folder}:/usr/bin:/bin` } });
    expect([error.problem, error.detail]).toEqual(['buildx', 'no builder "nobody" found.']);
  });

  test('a builder that only buildx can reach, in buildx’s words', async () => {
    mkdirSync(at('buildx/instances'), { recursive: true });
    const instance = { Name: 'cloud', Driver: 'cloud', Nodes: [{ Name: 'cloud0' }] };
    writeFileSync(at('buildx/instances/cloud'), JSON.stringify(instance));
    const env = { BUILDX_CONFIG: at('buildx'), PATH: `${folder}:/usr/bin:/bin` };
    const error = await failure('cloud', { env });
    expect([error.problem, error.detail]).toEqual(['buildx', 'ERROR: no builder "cloud" found.']);
  });

  test('a builder whose file is broken', async () => {
    mkdirSync(at('buildx/instances'), { recursive: true });
    writeFileSync(at('buildx/instances/broken'), '{');
    const error = await failure('broken', { env: { BUILDX_CONFIG: at('buildx') } });
    expect([error.problem, error.detail.includes('instances/broken')]).toEqual([
      'configuration',
      true,
    ]);
  });

  test('no docker command', async () => {
    const error = await failure('docker-container://builder', { env: { PATH: '' } });
    expect(error.message).toContain('the docker command is not on PATH');
    expect(error.remedy).toContain('docker ps -a');
  });

  test('cancelling', async () => {
    const signal = AbortSignal.timeout(50);
    expect((await failure(`unix://${at('silent')}`, { signal })).problem).toBe('cancelled');
    expect((await failure(`unix://${at('silent')}`, { signal: AbortSignal.abort() })).problem).toBe(
      'cancelled',
    );
  });
});

test('messages name the address as it can be written', () => {
  const error = new ConnectError('no-socket', parseAddress('docker+unix:///x'), '');
  expect(error.message).toContain('docker+unix:///x');
});
