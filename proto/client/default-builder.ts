/**
 * Which builder a build uses when nobody chose one: `BUILDKIT_HOST`, then the current buildx
 * builder, then the current Docker context, as `docker build` would choose.
 */
import { join } from 'node:path';
import { parseAddress, type BuilderAddress, type TlsFiles } from './address';
import {
  currentContextName,
  dockerConfigFolder,
  readContext,
  readJsonObject,
  textAt,
  tlsFilesIn,
  type Env,
} from './docker-config';

export type DefaultBuilder = {
  readonly address: BuilderAddress;
  /** What decided. */
  readonly origin: 'BUILDKIT_HOST' | 'buildx' | 'DOCKER_HOST' | 'docker-context' | 'docker-default';
  /** The buildx builder's or the context's name, or the variable's value. */
  readonly name: string;
};

/** Names a builder always; whether it is there only connecting can tell. @throws AddressError for a broken BUILDKIT_HOST or DOCKER_HOST */
export async function defaultBuilder(env: Env = process.env): Promise<DefaultBuilder> {
  const buildkitHost = env['BUILDKIT_HOST'];
  if (buildkitHost) {
    return { address: parseAddress(buildkitHost), origin: 'BUILDKIT_HOST', name: buildkitHost };
  }
  const context = await currentContextName(env);
  const buildx = await currentBuildxBuilder(env, context);
  if (buildx !== undefined) {
    return { address: { kind: 'buildx', name: buildx }, origin: 'buildx', name: buildx };
  }
  return dockerBuilder(env, context);
}

async function dockerBuilder(env: Env, context: string): Promise<DefaultBuilder> {
  const dockerHost = env['DOCKER_HOST'];
  if (dockerHost) {
    const address = dockerAddress(dockerHost, await tlsFromEnv(env), 'default');
    return { address, origin: 'DOCKER_HOST', name: dockerHost };
  }
  const stored = context === 'default' ? undefined : await readContext(env, context);
  if (stored !== undefined) {
    const address = dockerAddress(stored.host, stored.tls, context);
    return { address, origin: 'docker-context', name: context };
  }
  return { address: dockerDefaultAddress(), origin: 'docker-default', name: context };
}

function dockerDefaultAddress(): BuilderAddress {
  return {
    kind: 'docker-unix',
    path: process.platform === 'win32' ? '\\\\.\\pipe\\docker_engine' : '/var/run/docker.sock',
  };
}

/** The current builder of buildx, unless it is the Docker context itself. */
async function currentBuildxBuilder(env: Env, context: string): Promise<string | undefined> {
  const folder = env['BUILDX_CONFIG'] ?? join(dockerConfigFolder(env), 'buildx');
  const chosen = env['BUILDX_BUILDER'] ?? (await chosenBuilder(folder, env, context));
  if (chosen === undefined || chosen === '' || chosen === 'default' || chosen === context) {
    return undefined;
  }
  // Every Docker context is a builder of that name too; those are reached without buildx.
  const instance = await readJsonObject(join(folder, 'instances', chosen));
  if (env['BUILDX_BUILDER'] === undefined && instance === undefined) return undefined;
  return chosen;
}

/** `docker buildx use` is remembered for one endpoint, or for all with `--global`. */
async function chosenBuilder(
  folder: string,
  env: Env,
  context: string,
): Promise<string | undefined> {
  const current = await readJsonObject(join(folder, 'current'));
  const endpoint =
    context === 'default' ? (env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock') : context;
  return current?.['Global'] === true || textAt(current, 'Key') === endpoint
    ? textAt(current, 'Name')
    : undefined;
}

async function tlsFromEnv(env: Env): Promise<TlsFiles | undefined> {
  const verify = env['DOCKER_TLS_VERIFY'];
  if (!verify && !env['DOCKER_TLS']) return undefined;
  const files = await tlsFilesIn(env['DOCKER_CERT_PATH'] ?? dockerConfigFolder(env));
  return { ...files, ...(!verify && { insecure: true }) };
}

/**
 * A Docker endpoint as a builder address. Endpoints that only the Docker CLI can reach (ssh) go
 * through the buildx builder of the same context.
 */
export function dockerAddress(
  host: string,
  tls: TlsFiles | undefined,
  context: string,
): BuilderAddress {
  if (!/^(unix|npipe|tcp|http|https):/.test(host)) return { kind: 'buildx', name: context };
  const address = parseAddress(`docker+${host.replace(/^https?:/, 'tcp:')}`);
  return address.kind === 'docker-tcp' && tls !== undefined
    ? { ...address, port: portOf(host) ?? 2376, tls }
    : address;
}

function portOf(host: string): number | undefined {
  const port = /:(\d+)\/?$/.exec(host)?.[1];
  return port === undefined ? undefined : Number(port);
}
