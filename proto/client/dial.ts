/**
 * Raw connections to a daemon: socket, then TLS where asked for, then Docker's HTTP upgrade where
 * needed.
 */
import { readFile, stat } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { BuilderAddress, TlsFiles } from './address';
import { ConnectError, podmanAdvice } from './connect-error';

/** Addresses of sockets, as against programs to run. */
export type DirectAddress = Extract<
  BuilderAddress,
  { path: string } | { port: number; tls?: TlsFiles }
>;
/** Header names with their values, in order; a name may come more than once. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** A TCP or Unix connection with nothing said on it yet. Rejects with the system's error. */
export async function dialSocket(address: DirectAddress, signal?: AbortSignal): Promise<Socket> {
  if (address.kind === 'unix' || address.kind === 'docker-unix') {
    await refuseOrdinaryFile(address, address.path);
  }
  return new Promise((resolve, reject) => {
    const socket =
      'path' in address
        ? connectSocket({ path: address.path, ...(signal && { signal }) })
        : connectSocket({ host: address.host, port: address.port, ...(signal && { signal }) });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.setKeepAlive(true, 30_000);
      resolve(socket);
    });
  });
}

/** Connecting to a file gives "connection refused", which hides the mistake. */
async function refuseOrdinaryFile(address: DirectAddress, path: string): Promise<void> {
  if (path.startsWith('\\\\')) return;
  const entry = await stat(path);
  if (!entry.isSocket()) {
    throw new ConnectError('not-buildkit', address, `${path} is not a socket.`);
  }
}

/** The TLS step of an address, if it has one; the files are read once. */
export async function encryption(
  address: DirectAddress,
  protocols: string[],
): Promise<(socket: Socket) => Promise<Socket>> {
  if (!('tls' in address)) return (socket) => Promise.resolve(socket);
  const { host, tls } = address;
  const identity = await readTlsFiles(address, tls);
  return (socket) => startTls(socket, host, tls, identity, protocols);
}

/** The PEM files of a TLS address. */
type TlsIdentity = {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
};

/** @throws ConnectError when a file cannot be read. */
async function readTlsFiles(address: DirectAddress, tls: TlsFiles): Promise<TlsIdentity> {
  const read = async (path: string): Promise<Buffer> => {
    try {
      return await readFile(path);
    } catch (error) {
      throw new ConnectError('tls', address, String(error));
    }
  };
  return {
    ...(tls.caCert !== undefined && { ca: await read(tls.caCert) }),
    ...(tls.cert !== undefined && { cert: await read(tls.cert) }),
    ...(tls.key !== undefined && { key: await read(tls.key) }),
  };
}

/** TLS on an open connection. `protocols` is what ALPN offers; gRPC wants `h2`. */
function startTls(
  socket: Socket,
  host: string,
  tls: TlsFiles,
  identity: TlsIdentity,
  protocols: string[],
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = connectTls(
      {
        socket,
        ...identity,
        ALPNProtocols: protocols,
        // A server name is a name; for addresses TLS checks the address itself.
        ...(/^[\d.]+$|:/.test(tls.serverName ?? host)
          ? { host }
          : { servername: tls.serverName ?? host }),
        rejectUnauthorized: tls.insecure !== true,
      },
      () => {
        secure.off('error', reject);
        // The server may still refuse our certificate, before anybody listens.
        secure.on('error', () => undefined);
        resolve(secure);
      },
    );
    secure.once('error', reject);
  });
}

/** How long a daemon may take to answer an upgrade. Milliseconds. */
const upgradeTimeout = 10_000;
const longestAnswer = 64 * 1024;

/**
 * Asks Docker to turn the connection over to BuildKit: `POST path` with `Upgrade: h2c`.
 *
 * Docker answers 101 and the same connection carries HTTP/2 from then on; the server's first frame
 * may come in the same packet, so what follows the answer is put back into the socket.
 * @throws ConnectError when the answer is another one.
 */
export function upgrade<Connection extends Duplex>(
  socket: Connection,
  address: BuilderAddress,
  path: string,
  headers: Headers = [],
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const settle = (error?: Error): void => {
      socket.off('data', onData);
      socket.off('error', settle);
      socket.off('close', onClose);
      clearTimeout(timer);
      socket.pause();
      if (error) {
        socket.destroy();
        reject(error);
      } else resolve(socket);
    };
    const onClose = (): void => {
      settle(notBuildkit(address, 'It closed the connection.'));
    };
    const timer = setTimeout(() => {
      settle(new ConnectError('timeout', address, 'no answer to the upgrade request'));
    }, upgradeTimeout);
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) {
        if (received.length > longestAnswer)
          settle(notBuildkit(address, 'It does not speak HTTP.'));
        return;
      }
      const head = received.subarray(0, end).toString('latin1');
      if (/^HTTP\/1\.[01] 101\b/.test(head)) {
        const rest = received.subarray(end + 4);
        settle();
        if (rest.length > 0) socket.unshift(rest);
      } else settle(notBuildkit(address, describeAnswer(head)));
    };
    socket.on('data', onData);
    socket.once('error', settle);
    socket.once('close', onClose);
    const lines = [
      `POST ${path} HTTP/1.1`,
      'Host: docker',
      'Connection: Upgrade',
      'Upgrade: h2c',
      ...headers.map(([name, value]) => `${name}: ${value}`),
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });
}

function notBuildkit(address: BuilderAddress, detail: string): ConnectError {
  return new ConnectError('not-buildkit', address, detail);
}

/** Who sent this answer, as far as it tells. */
export function describeAnswer(head: string): string {
  if (/libpod|podman/i.test(head)) return podmanAdvice;
  const status = /^HTTP\/[\d.]+ (.*)$/m.exec(head)?.[1]?.trim();
  if (status === undefined) return 'It does not speak HTTP.';
  return `It answered "${status}" to the request for its BuildKit.`;
}
