/** What a server of golang.org/x/crypto/ssh said, recorded; its key is of one run. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sshHostKey } from './ssh-host-key';

const said = Buffer.from(
  [
    'U1NILTIuMC1Hbw0KAAAC7BIUTWghYfGaVwNazo+8D/PREgAAANRtbGtlbTc2OHgyNTUxOS1zaGEyNTYsY3VydmUy',
    'NTUxOS1zaGEyNTYsY3VydmUyNTUxOS1zaGEyNTZAbGlic3NoLm9yZyxlY2RoLXNoYTItbmlzdHAyNTYsZWNkaC1z',
    'aGEyLW5pc3RwMzg0LGVjZGgtc2hhMi1uaXN0cDUyMSxkaWZmaWUtaGVsbG1hbi1ncm91cDE0LXNoYTI1NixkaWZm',
    'aWUtaGVsbG1hbi1ncm91cDE0LXNoYTEsa2V4LXN0cmljdC1zLXYwMEBvcGVuc3NoLmNvbQAAAAtzc2gtZWQyNTUx',
    'OQAAAGxhZXMxMjgtZ2NtQG9wZW5zc2guY29tLGFlczI1Ni1nY21Ab3BlbnNzaC5jb20sY2hhY2hhMjAtcG9seTEz',
    'MDVAb3BlbnNzaC5jb20sYWVzMTI4LWN0cixhZXMxOTItY3RyLGFlczI1Ni1jdHIAAABsYWVzMTI4LWdjbUBvcGVu',
    'c3NoLmNvbSxhZXMyNTYtZ2NtQG9wZW5zc2guY29tLGNoYWNoYTIwLXBvbHkxMzA1QG9wZW5zc2guY29tLGFlczEy',
    'OC1jdHIsYWVzMTkyLWN0cixhZXMyNTYtY3RyAAAAbmhtYWMtc2hhMi0yNTYtZXRtQG9wZW5zc2guY29tLGhtYWMt',
    'c2hhMi01MTItZXRtQG9wZW5zc2guY29tLGhtYWMtc2hhMi0yNTYsaG1hYy1zaGEyLTUxMixobWFjLXNoYTEsaG1h',
    'Yy1zaGExLTk2AAAAbmhtYWMtc2hhMi0yNTYtZXRtQG9wZW5zc2guY29tLGhtYWMtc2hhMi01MTItZXRtQG9wZW5z',
    'c2guY29tLGhtYWMtc2hhMi0yNTYsaG1hYy1zaGEyLTUxMixobWFjLXNoYTEsaG1hYy1zaGExLTk2AAAABG5vbmUA',
    'AAAEbm9uZQAAAAAAAAAAAAAAAADkKTKqp+pmOU7/iHRiUhywkvwAAAC8CB8AAAAzAAAAC3NzaC1lZDI1NTE5AAAA',
    'IMg4fKIjmv4PEkXT0QJwZnIgmJ42tGlSiYLH/n8c0A/xAAAAILaVUcqunF1MkoMb6b7kf1NLLeCqC+PJs7McISXH',
    'soRAAAAAUwAAAAtzc2gtZWQyNTUxOQAAAECUKHVSv05zEn6FKM0z/TW1HrPfxRwV6IELGaSXyv1v05+yqdD6487O',
    'VwN8FHOc0uuoffYtk3/YaBR1Ag5TWLwBrrcJzPFflmgAAAAMChWUGHu7tzxN4ZK7',
  ].join(''),
  'base64',
);
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMg4fKIjmv4PEkXT0QJwZnIgmJ42tGlSiYLH/n8c0A/x';

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that speaks on its own; the address under which it listens. */
async function speaking(speak: (socket: Socket) => void): Promise<string> {
  const listening = createServer((socket) => {
    socket.on('error', () => undefined); // The client hangs up once it has the key.
    speak(socket);
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const isAddress = (value: AddressInfo | string | null): value is AddressInfo =>
    typeof value === 'object' && value !== null;
  const address = listening.address();
  if (!isAddress(address)) throw new Error('no address');
  return `127.0.0.1:${address.port}`;
}

test('the key of a server stands beside its address', async () => {
  const host = await speaking((socket) => socket.write(said));
  expect(await sshHostKey(host)).toBe(`[127.0.0.1]:${host.slice('127.0.0.1:'.length)} ${key}`);
});

test('an answer may come byte by byte, after lines of another kind', async () => {
  const host = await speaking((socket) => {
    socket.setNoDelay(true);
    for (const byte of Buffer.concat([Buffer.from('Welcome\r\n'), said])) {
      socket.write(Buffer.of(byte));
    }
  });
  expect(await sshHostKey(host)).toContain(key);
});

test.each([
  ['hangs up', (socket: Socket) => socket.end()],
  ['speaks HTTP', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['gives only its list of algorithms', (socket: Socket) => socket.end(said.subarray(0, 500))],
  [
    'sends a packet without end',
    (socket: Socket) => socket.end('SSH-2.0-x\r\n\xff\xff\xff\xff\xff'),
  ],
])('a server that %s has none', async (_what, speak) => {
  expect(await sshHostKey(await speaking(speak))).toBeUndefined();
});

test('neither has a port at which nobody listens', async () => {
  const host = await speaking(() => undefined);
  await new Promise((resolve) => server?.close(resolve));
  expect(await sshHostKey(host)).toBeUndefined();
});
