/** Connecting to a BuildKit: dial, make sure who answers, and hand out typed services. */
import { Client, credentials, type ChannelCredentials } from '@grpc/grpc-js';
import type { Socket } from 'node:net';
import type { WorkerRecord } from '../generated/worker';
import { builderAddress, type BuilderAddress } from './address';
import { BuildkitError, Code } from './buildkit-error';
import { BuildxBridge } from './buildx-bridge';
import { ConnectError, connectErrorOf } from './connect-error';
import { Control } from './control';
import { dialSocket, encryption, upgrade, type DirectAddress } from './dial';
import { DialCredentials } from './dial-credentials';
import { Gateway } from './gateway';
import { probeHttp2 } from './probe';
import { Rpc } from './rpc';

export type ConnectOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until connecting is given up; default 15 000. */
  readonly timeout?: number | undefined;
  /** The environment that `docker buildx` runs in; default: this process's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
};

export type Connection = {
  readonly address: BuilderAddress;
  readonly control: Control;
  /** The workers as of connecting; there is at least one in a working BuildKit. */
  readonly workers: readonly WorkerRecord[];
  /** The gateway of the build that `Control.solve` runs under `buildRef`. */
  gateway(buildRef: string): Gateway;
  /** Ends every call of this connection. */
  close(): void;
};

const defaultTimeout = 15_000;

/** The kinds of address differ only in what lies between the socket and HTTP/2. */
type Endpoint = {
  readonly target: string;
  readonly credentials: ChannelCredentials;
  /** Settles when it is clear that connecting cannot succeed. */
  readonly failed: Promise<ConnectError>;
  close(): void;
};

/**
 * @param address an address, its text, or the name of a buildx builder
 * @throws AddressError for a text that is none
 * @throws ConnectError when no BuildKit answers there
 */
export async function connect(
  address: BuilderAddress | string,
  options: ConnectOptions = {},
): Promise<Connection> {
  const where = typeof address === 'string' ? builderAddress(address) : address;
  const { signal, timeout = defaultTimeout } = options;
  if (signal?.aborted) throw new ConnectError('cancelled', where, '');
  const limit = AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(timeout)]);
  try {
    const endpoint = await openEndpoint(where, options.env ?? process.env, limit);
    return await greet(where, endpoint, limit, timeout);
  } catch (error) {
    if (signal?.aborted) throw new ConnectError('cancelled', where, '');
    if (limit.aborted) {
      throw new ConnectError('timeout', where, `gave up after ${timeout / 1000} s`);
    }
    throw connectErrorOf(error, where);
  }
}

async function openEndpoint(
  address: BuilderAddress,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Endpoint> {
  if (address.kind === 'buildx') {
    const bridge = await BuildxBridge.start(address.name, env);
    return {
      target: `unix:${bridge.path}`,
      credentials: credentials.createInsecure(),
      failed: bridge.failed.then((complaint) => new ConnectError('buildx', address, complaint)),
      close: () => {
        bridge.close();
      },
    };
  }
  const prepare = await preparation(address);
  // grpc-js hides why it could not connect behind retries, so the first attempt is ours.
  const socket = await dialSocket(address, signal);
  try {
    await probeHttp2(await prepare(socket), address, signal);
  } finally {
    socket.destroy();
  }
  return {
    target: 'path' in address ? `unix:${address.path}` : tcpTarget(address),
    credentials: new DialCredentials(prepare, 'tls' in address),
    failed: new Promise(() => undefined),
    close: () => undefined,
  };
}

function tcpTarget({ host, port }: { readonly host: string; readonly port: number }): string {
  return `dns:${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What turns a fresh socket of this address into one that speaks HTTP/2 with BuildKit. */
async function preparation(address: DirectAddress): Promise<(socket: Socket) => Promise<Socket>> {
  const encrypt = await encryption(address, address.kind === 'docker-tcp' ? ['http/1.1'] : ['h2']);
  if (address.kind === 'unix' || address.kind === 'tcp') return encrypt;
  return async (socket) => upgrade(await encrypt(socket), address, '/grpc');
}

/** Asks for the workers, which every BuildKit can tell and nothing else knows. */
async function greet(
  address: BuilderAddress,
  endpoint: Endpoint,
  signal: AbortSignal,
  timeout: number,
): Promise<Connection> {
  const client = new Client(endpoint.target, endpoint.credentials, {
    // LLB definitions and files pass gRPC's usual 4 MiB.
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    // The usual 64 KiB make a context transfer wait for the network at every turn.
    'grpc-node.flow_control_window': 1024 * 1024,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    // A connection of its own: grpc-js otherwise shares them between clients of one target.
    'grpc.use_local_subchannel_pool': 1,
  });
  const rpc = new Rpc(client);
  const control = new Control(rpc);
  const close = (): void => {
    client.close();
    endpoint.close();
  };
  try {
    const listed = control.listWorkers({ signal, timeout });
    const answer = await Promise.race([listed, endpoint.failed]);
    if (answer instanceof ConnectError) {
      listed.catch(() => undefined);
      throw answer;
    }
    return {
      address,
      control,
      workers: answer.record,
      gateway: (buildRef) => new Gateway(rpc, buildRef),
      close,
    };
  } catch (error) {
    close();
    if (error instanceof BuildkitError && error.code === Code.unimplemented) {
      throw new ConnectError(
        'not-buildkit',
        address,
        `It is a gRPC server, but not BuildKit's: ${error.message}.`,
      );
    }
    throw error;
  }
}
