/** Connecting to a BuildKit: dial, make sure who answers, and hand out typed services. */
import type { WorkerRecord } from '../generated/worker';
import { builderAddress, type BuilderAddress } from './address';
import { BuildkitError, Code } from './buildkit-error';
import { type NodeShare, nodeShares, resolveBuilder } from './builders/resolve-builder';
import { ConnectError, connectErrorOf } from './connect-error';
import { Control } from './control';
import { Gateway } from './gateway';
import { GrpcClient } from './grpc/grpc-client';
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
  // Not AbortSignal.timeout(): joined with another signal, Node 20 may collect it as garbage.
  const controller = new AbortController();
  const limit = controller.signal;
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeout);
  signal?.addEventListener('abort', abort, { once: true });
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
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * How the nodes of a builder share a build for several platforms; empty for what has no nodes.
 * @throws ConnectError for a broken configuration
 */
export async function sharesOfBuild(
  builder: BuilderAddress | string,
  platforms: readonly string[],
  options: Pick<ConnectOptions, 'signal' | 'env'> = {},
): Promise<readonly NodeShare[]> {
  const { env = process.env } = options;
  return nodeShares(typeof builder === 'string' ? builderAddress(builder) : builder, {
    env,
    platforms,
    askPlatforms: (node) => platformsOf(node, options),
  });
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
  const client = new GrpcClient(() => route.open(), route.encrypted);
  const close = (): void => {
    client.close();
    route.close();
  };
  try {
    const failure = await Promise.race([opened(client, limit), route.failed]);
    if (failure !== undefined) throw failure;
    const rpc = new Rpc(client);
    return { ...(await greet(address, rpc, limit, timeout)), close };
  } catch (error) {
    close();
    throw await explained(error, route, limit);
  }
}

async function opened(client: GrpcClient, limit: AbortSignal): Promise<undefined> {
  const aborted = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(new Error('given up')), { once: true });
  });
  await Promise.race([client.connect(), aborted]);
}

/** What HTTP/2 says of a stranger helps nobody; the way there can tell who it is. */
async function explained(error: unknown, route: Route, limit: AbortSignal): Promise<unknown> {
  if (error instanceof ConnectError || error instanceof BuildkitError || limit.aborted) {
    return error;
  }
  try {
    return (await route.explain(limit)) ?? error;
  } catch (told) {
    return told;
  }
}

/** Asks for the workers, which every BuildKit can tell and nothing else knows. */
async function greet(
  address: BuilderAddress,
  rpc: Rpc,
  signal: AbortSignal,
  timeout: number,
): Promise<Omit<Connection, 'close'>> {
  const control = new Control(rpc);
  try {
    const { record } = await control.listWorkers({ signal, timeout });
    return { address, control, workers: record, gateway: (buildRef) => new Gateway(rpc, buildRef) };
  } catch (error) {
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
