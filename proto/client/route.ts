/**
 * The way to a daemon: how raw connections to it are opened, whatever lies between, and what must
 * be said on them before HTTP/2.
 */
import type { Duplex } from 'node:stream';
import type { BuilderAddress } from './address';
import { ConnectError } from './connect-error';
import { dialSocket, encryption, upgrade, type DirectAddress, type Headers } from './dial';
import { stdioCommand, type StdioCommand } from './stdio-address';
import { probeHttp2 } from './probe';
import { StdioConnections } from './stdio-connection';

export type Route = {
  readonly encrypted: boolean;
  /**
   * A new connection that speaks HTTP/2 with BuildKit.
   * @throws ConnectError, or the system's error
   */
  open(signal?: AbortSignal): Promise<Duplex>;
  /**
   * Why HTTP/2 did not come about, as far as it can be told.
   * @throws ConnectError, or the system's error
   */
  explain(signal: AbortSignal): Promise<ConnectError | undefined>;
  /** Docker's own session endpoint, on a new connection. @throws ConnectError where it is not Docker */
  session(headers: Headers): Promise<Duplex>;
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
  const raw = async (signal?: AbortSignal) => encrypt(await dialSocket(address, signal));
  const open = docker
    ? async (signal?: AbortSignal) => upgrade(await raw(signal), address, '/grpc')
    : raw;
  return {
    encrypted: 'tls' in address,
    open,
    // HTTP/2 hides who answered; a connection of our own shows it.
    explain: async (signal) => {
      const connection = await open(signal);
      try {
        await probeHttp2(connection, address, signal);
        return undefined;
      } finally {
        connection.destroy();
      }
    },
    session: async (headers) => upgrade(await raw(), address, '/session', headers),
    failed: new Promise(() => undefined),
    close: () => undefined,
  };
}

function stdioRoute(
  address: Exclude<BuilderAddress, DirectAddress>,
  env: NodeJS.ProcessEnv,
): Route {
  const problem = address.kind === 'buildx' ? 'buildx' : 'program';
  const connections = new StdioConnections(commandOf(address), env);
  return {
    encrypted: false,
    open: async () => {
      const connection = connections.open();
      return isDocker(address) ? upgrade(connection, address, '/grpc') : connection;
    },
    session: async (headers) => upgrade(connections.open(), address, '/session', headers),
    // A program says itself what is wrong, and starting it twice would cost more than it tells.
    explain: async () => {
      await connections.ended();
      const { complaint } = connections;
      return complaint === undefined ? undefined : new ConnectError(problem, address, complaint);
    },
    failed: connections.failed.then((complaint) => new ConnectError(problem, address, complaint)),
    close: () => {
      connections.close();
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
