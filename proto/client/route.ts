/**
 * The way to a daemon: how raw connections to it are opened, whatever lies between, and what must
 * be said on them before HTTP/2.
 */
import type { Socket } from 'node:net';
import { connect as connectSocket } from 'node:net';
import type { BuilderAddress } from './address';
import { ConnectError } from './connect-error';
import { dialSocket, encryption, upgrade, type DirectAddress, type Headers } from './dial';
import { stdioCommand, type StdioCommand } from './stdio-address';
import { StdioBridge } from './stdio-bridge';

export type Route = {
  /** What grpc-js connects to; then comes {@link prepare}. */
  readonly target: string;
  readonly encrypted: boolean;
  /** Whether a first connection of our own can tell more than grpc-js about a failure. */
  readonly probed: boolean;
  /** A raw connection with nothing said on it yet. Rejects with the system's error. */
  open(signal?: AbortSignal): Promise<Socket>;
  /** Makes a raw connection one that speaks HTTP/2 with BuildKit. @throws ConnectError */
  prepare(socket: Socket): Promise<Socket>;
  /** Docker's own session endpoint, on a new raw connection. @throws ConnectError where it is not Docker */
  session(headers: Headers): Promise<Socket>;
  /** Settles when it is clear that connecting cannot succeed. */
  readonly failed: Promise<ConnectError>;
  close(): void;
};

/** @throws ConnectError when certificate files cannot be read */
export async function openRoute(address: BuilderAddress, env: NodeJS.ProcessEnv): Promise<Route> {
  return isDirect(address) ? directRoute(address) : stdioRoute(address, env);
}

/** Whether a Docker Engine answers there, which wants an upgrade first. */
export function isDocker({ kind }: BuilderAddress): boolean {
  return kind === 'docker-unix' || kind === 'docker-tcp' || kind === 'docker-ssh';
}

function isDirect(address: BuilderAddress): address is DirectAddress {
  return ['unix', 'tcp', 'docker-unix', 'docker-tcp'].includes(address.kind);
}

async function directRoute(address: DirectAddress): Promise<Route> {
  const docker = isDocker(address);
  const encrypt = await encryption(address, docker ? ['http/1.1'] : ['h2']);
  return {
    target: 'path' in address ? `unix:${address.path}` : tcpTarget(address),
    encrypted: 'tls' in address,
    probed: true,
    open: (signal) => dialSocket(address, signal),
    prepare: docker
      ? async (socket) => upgrade(await encrypt(socket), address, '/grpc')
      : (socket) => encrypt(socket),
    session: async (headers) =>
      upgrade(await encrypt(await dialSocket(address)), address, '/session', headers),
    failed: new Promise(() => undefined),
    close: () => undefined,
  };
}

async function stdioRoute(
  address: Exclude<BuilderAddress, DirectAddress>,
  env: NodeJS.ProcessEnv,
): Promise<Route> {
  const problem = address.kind === 'buildx' ? 'buildx' : 'program';
  const bridge = await StdioBridge.start(commandOf(address), env);
  const open = (signal?: AbortSignal): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connectSocket({ path: bridge.path, ...(signal && { signal }) });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(socket);
      });
    });
  const docker = isDocker(address);
  return {
    target: `unix:${bridge.path}`,
    encrypted: false,
    probed: false,
    open,
    prepare: docker
      ? (socket) => upgrade(socket, address, '/grpc')
      : (socket) => Promise.resolve(socket),
    session: async (headers) => upgrade(await open(), address, '/session', headers),
    failed: bridge.failed.then((complaint) => new ConnectError(problem, address, complaint)),
    close: () => {
      bridge.close();
    },
  };
}

function commandOf(address: Exclude<BuilderAddress, DirectAddress>): StdioCommand {
  if (address.kind !== 'buildx') return stdioCommand(address);
  const { name, platform } = address;
  return {
    program: 'docker',
    args: [
      'buildx',
      'dial-stdio',
      '--builder',
      name,
      ...(platform === undefined ? [] : ['--platform', platform]),
    ],
  };
}

function tcpTarget({ host, port }: { readonly host: string; readonly port: number }): string {
  return `dns:${host.includes(':') ? `[${host}]` : host}:${port}`;
}
