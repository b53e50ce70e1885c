/** Which builder and node a build ran on, as buildx names them: `BUILDER/NODE`. */
import { builderAddress, formatAddress, type BuilderAddress } from '../address';
import type { Env } from '../docker-config';
import { readBuildxBuilder } from './buildx-store';
import { defaultBuilder } from './default-builder';
import { builderNodes } from './resolve-builder';

/**
 * Undefined for an address that is no builder's.
 * @param builder as it was asked for; without one, the default
 * @param connected where the build ran
 */
export async function buildPlace(
  builder: string | undefined,
  connected: BuilderAddress,
  env: Env,
): Promise<string | undefined> {
  const wanted = builder === undefined || builder === '' ? undefined : builderAddress(builder);
  if (wanted !== undefined && wanted.kind !== 'buildx') return undefined;
  const chosen = wanted === undefined ? await defaultBuilder(env) : undefined;
  const address = wanted ?? chosen?.address;
  if (address?.kind === 'buildx') {
    const read = await readBuildxBuilder(env, address.name);
    // Every Docker context is a builder of that name, with one node.
    if (read.state !== 'read') return `${address.name}/${address.name}`;
    const nodes = await builderNodes(address, env);
    const where = formatAddress(connected);
    const node = nodes.find((one) => one.address === where) ?? nodes[0];
    return node === undefined ? undefined : `${read.builder.name}/${node.name}`;
  }
  if (chosen?.origin === 'docker-context') return `${chosen.name}/${chosen.name}`;
  const isDocker = chosen?.origin === 'DOCKER_HOST' || chosen?.origin === 'docker-default';
  return isDocker ? 'default/default' : undefined;
}
