import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { parseChallenge } from './challenge';
import { registryCredentials } from './credentials';
import { endpointsOf, isLoopback } from './hosts';
import { exchange } from './http';
import { fetchToken } from './token';

describe('a challenge', () => {
  test.each([
    [
      'Bearer realm="https://a/t",service="reg",scope="repository:x:pull,push repository:y:pull"',
      {
        scheme: 'bearer',
        realm: 'https://a/t',
        service: 'reg',
        scopes: ['repository:x:pull,push', 'repository:y:pull'],
      },
    ],
    ['basic realm="x"', { scheme: 'basic' }],
    ['Basic realm="x", Bearer realm="https://a/t"', { scheme: 'bearer', realm: 'https://a/t' }],
    ['bearer realm=https', { scheme: 'bearer', realm: 'https', service: '' }],
    [String.raw`Bearer realm="a\"b"`, { scheme: 'bearer', realm: 'a"b' }],
    ['Bearer error="insufficient_scope"', { scheme: 'bearer', error: 'insufficient_scope' }],
  ])('%s', (header, expected) => {
    expect(parseChallenge(header)).toMatchObject(expected);
  });

  test.each([undefined, '', 'Digest realm="x"', '=,='])('%s cannot be met', (header) => {
    expect(parseChallenge(header)).toBeUndefined();
  });
});

test.each([
  ['docker.io', ['https://registry-1.docker.io/']],
  ['ghcr.io', ['https://ghcr.io/']],
  ['localhost:5000', ['http://localhost:5000/']],
  ['127.0.0.9', ['http://127.0.0.9/']],
  ['[::1]:5000', ['http://[::1]:5000/']],
  ['registry.example:5000', ['https://registry.example:5000/']],
])('%s is served at %s', (domain, urls) => {
  expect(endpointsOf(domain).map(String)).toEqual(urls);
});

test('mirrors come before the registry, and what is no address is left out', () => {
  const mirrors = { 'docker.io': ['mirror.example', 'http://[', 'http://10.0.0.1:80/hub'] };
  expect(endpointsOf('docker.io', mirrors).map(String)).toEqual([
    'https://mirror.example/',
    'http://10.0.0.1/hub',
    'https://registry-1.docker.io/',
  ]);
});

test.each(['localhost.example', '128.0.0.1', '::2', 'local'])('%s is not loopback', (host) => {
  expect(isLoopback(host)).toBe(false);
});

describe('logins', () => {
  const auths = (value: object) => ({
    DOCKER_CONFIG: '/nonexistent',
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: value }),
  });
  const auth = Buffer.from('ada:secret').toString('base64');

  test.each([
    ['ghcr.io', { 'ghcr.io': { auth } }, { username: 'ada', secret: 'secret' }],
    ['ghcr.io', { 'https://ghcr.io/v1/': { auth } }, { username: 'ada', secret: 'secret' }],
    [
      'registry-1.docker.io',
      { 'https://index.docker.io/v1/': { auth } },
      { username: 'ada', secret: 'secret' },
    ],
    ['r', { r: { auth, identitytoken: 'id' } }, { username: '', secret: 'id' }],
    ['r', { r: { registrytoken: 'fixed' } }, { username: '', secret: '', registryToken: 'fixed' }],
    ['r', { 's.r': { auth } }, { username: '', secret: '' }],
  ])('for %s from %j', async (host, value, expected) => {
    expect(await registryCredentials(host, auths(value))).toEqual(expected);
  });
});

describe('a token', () => {
  const request = { service: '', scopes: [], credentials: { username: '', secret: '' } };

  test.each(['', 'file:///etc/passwd', 'nonsense'])('is not asked for at %j', async (realm) => {
    await expect(fetchToken({ ...request, realm })).rejects.toMatchObject({ problem: 'server' });
  });

  test('that is fixed in the configuration is used without a question', async () => {
    const credentials = { ...request.credentials, registryToken: 'fixed' };
    const token = await fetchToken({ ...request, realm: 'http://127.0.0.1:1/', credentials });
    expect(token.token).toBe('fixed');
  });
});

test('a redirect to another host does not take the login along', async () => {
  const seen: (string | undefined)[] = [];
  const target = createServer(({ headers }, response) => {
    seen.push(headers.authorization);
    response.end('there');
  });
  const source = createServer((_request, response) => {
    response.writeHead(307, { location: `http://localhost:${portOf(target)}/blob` }).end();
  });
  const listen = (server: typeof target) =>
    new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  await Promise.all([listen(target), listen(source)]);
  const url = new URL(`http://localhost:${portOf(source)}/`);
  const answer = await exchange(url, { headers: { authorization: 'Basic x' } });
  expect(answer.body.toString()).toBe('there');
  expect(seen).toEqual([undefined]);
  for (const server of [target, source]) server.close();
});

function portOf(server: ReturnType<typeof createServer>): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}
