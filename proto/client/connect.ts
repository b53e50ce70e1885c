/** Connecting to a BuildKit: dial, make sure who answers, and hand out typed services. */
import { Client } from '@grpc/grpc-js';
import type { WorkerRecord } from '../generated/worker';
import { builderAddress, type BuilderAddress } from './address';
import { BuildkitError, Code } from './buildkit-error';
import { resolveBuilder } from './builders/resolve-builder';
import { ConnectError, connectErrorOf } from './connect-error';
import { Control } from './control';
import { DialCredentials } from './dial-credentials';
import { Gateway } from './gateway';
import { probeHttp2 } from './probe';
import { openRoute, type Route } from './route';
import { Rpc } from './rpc';

export type ConnectOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until connecting is given up; default 15 000. */
  readonly timeout?: number | undefined;
  /** Where Docker's configuration is found and what programs run in; default: this process's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** What is to be built; chooses the node of a builder that has several. */
  readonly platforms?: readonly string[] | undefined;
};

export type Connection = {
  /** Where it leads: the node that was chosen, for a builder of buildx. */
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
  const { signal, timeout = defaultTimeout, env = process.env, platforms = [] } = options;
  if (signal?.aborted) throw new ConnectError('cancelled', where, '');
  const limit = AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(timeout)]);
  try {
    const ways = await resolveBuilder(where, {
      env,
      platforms,
      askPlatforms: (node) => platformsOf(node, { signal: limit, timeout, env }),
    });
    return await firstThatWorks(ways, env, limit, timeout);
  } catch (error) {
    if (signal?.aborted) throw new ConnectError('cancelled', where, '');
    if (limit.aborted) {
      throw new ConnectError('timeout', where, `gave up after ${timeout / 1000} s`);
    }
    throw connectErrorOf(error, where);
  }
}

/** What the daemon at an address says that it can build. @throws ConnectError */
async function platformsOf(address: BuilderAddress, options: ConnectOptions): Promise<string[]> {
  const connection = await connect(address, options);
  connection.close();
  return connection.workers.flatMap(({ platforms }) => platforms.map(platformText));
}

export function platformText(platform: {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}): string {
  const { os, architecture, variant } = platform;
  return [os, architecture, variant].filter((part) => part !== '').join('/');
}

async function firstThatWorks(
  ways: readonly BuilderAddress[],
  env: NodeJS.ProcessEnv,
  limit: AbortSignal,
  timeout: number,
): Promise<Connection> {
  let failure = new ConnectError(
    'failed',
    { kind: 'buildx', name: 'default' },
    'no way leads there',
  );
  for (const way of ways) {
    try {
      return await connectTo(way, env, limit, timeout);
    } catch (error) {
      failure = connectErrorOf(error, way);
      if (limit.aborted) break;
    }
  }
  throw failure;
}

async function connectTo(
  address: BuilderAddress,
  env: NodeJS.ProcessEnv,
  limit: AbortSignal,
  timeout: number,
): Promise<Connection> {
  const route = await openRoute(address, env);
  try {
    // grpc-js hides why it could not connect behind retries, so the first attempt is ours. A
    // program says itself what is wrong, and starting it twice would cost more than it tells.
    if (route.probed) {
      const socket = await route.open(limit);
      try {
        await probeHttp2(await route.prepare(socket), address, limit);
      } finally {
        socket.destroy();
      }
    }
    return await greet(address, route, limit, timeout);
  } catch (error) {
    route.close();
    throw error;
  }
}

/** Asks for the workers, which every BuildKit can tell and nothing else knows. */
async function greet(
  address: BuilderAddress,
  route: Route,
  signal: AbortSignal,
  timeout: number,
): Promise<Connection> {
  const way = new DialCredentials((socket) => route.prepare(socket), route.encrypted);
  const client = new Client(route.target, way, {
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
    route.close();
  };
  try {
    const listed = control.listWorkers({ signal, timeout });
    const answer = await Promise.race([listed, route.failed]);
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
