/**
 * Which builder a build uses when nobody chose one: `BUILDKIT_HOST`, then the current buildx
 * builder, then the current Docker context, as `docker build` would choose.
 */
import { parseAddress, type BuilderAddress, type TlsFiles } from '../address';
import {
  currentContextName,
  dockerConfigFolder,
  readContext,
  tlsFilesIn,
  type Env,
} from '../docker-config';
import { ConnectError } from '../connect-error';
import type { EngineAddress } from '../docker-engine';
import { chosenBuildxBuilder, readBuildxBuilder } from './buildx-store';
import { dockerAddress, dockerDefaultAddress } from './docker-address';

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

/** The Docker Engine that the Docker CLI would use, whatever builds; undefined when it takes more than a socket. */
export async function dockerEngine(env: Env = process.env): Promise<EngineAddress | undefined> {
  const { address } = await dockerBuilder(env, await currentContextName(env));
  return address.kind === 'docker-unix' || address.kind === 'docker-tcp' ? address : undefined;
}

async function dockerBuilder(env: Env, context: string): Promise<DefaultBuilder> {
  const dockerHost = env['DOCKER_HOST'];
  if (dockerHost) {
    const address = dockerAddress(dockerHost, await tlsFromEnv(env));
    return { address, origin: 'DOCKER_HOST', name: dockerHost };
  }
  const stored = context === 'default' ? undefined : await readContext(env, context);
  if (stored !== undefined) {
    const address = dockerAddress(stored.host, stored.tls);
    return { address, origin: 'docker-context', name: context };
  }
  return { address: dockerDefaultAddress(), origin: 'docker-default', name: context };
}

/** The current builder of buildx, unless it is the Docker context itself. */
async function currentBuildxBuilder(env: Env, context: string): Promise<string | undefined> {
  const named = env['BUILDX_BUILDER'];
  if (named !== undefined && named !== '') return isContext(named, context) ? undefined : named;
  const endpoint =
    context === 'default' ? (env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock') : context;
  const { name, problem } = await chosenBuildxBuilder(env, endpoint);
  if (problem !== undefined) {
    throw new ConnectError('configuration', { kind: 'buildx', name: 'default' }, problem);
  }
  if (name === undefined || isContext(name, context)) return undefined;
  // Every Docker context is a builder of that name too; those are reached without buildx. A name
  // that stands for nothing any more is passed over, as buildx does.
  return (await readBuildxBuilder(env, name)).state === 'absent' ? undefined : name;
}

function isContext(name: string, context: string): boolean {
  return name === 'default' || name === context;
}

async function tlsFromEnv(env: Env): Promise<TlsFiles | undefined> {
  const verify = env['DOCKER_TLS_VERIFY'];
  if (!verify && !env['DOCKER_TLS']) return undefined;
  const files = await tlsFilesIn(env['DOCKER_CERT_PATH'] ?? dockerConfigFolder(env));
  return { ...files, ...(!verify && { insecure: true }) };
}
