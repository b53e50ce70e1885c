/**
 * From a builder's name to the daemon to speak with: reads buildx's store, chooses the node by
 * platform, and knows how its driver is reached.
 */
import { formatAddress, type BuilderAddress } from '../address';
import { ConnectError } from '../connect-error';
import { readContext, type Env } from '../docker-config';
import { readBuildxBuilder, type BuildxBuilder, type BuildxNode } from './buildx-store';
import { chooseNodes } from './choose-node';
import { dockerAddress, dockerDefaultAddress } from './docker-address';
import { nodeAddress } from './node-address';

export type ResolveOptions = {
  readonly env: Env;
  /** What is to be built, `os/architecture[/variant]`; empty for the builder's own platform. */
  readonly platforms: readonly string[];
  /** Asks a node what it can build; called only where the store does not say enough. */
  readonly askPlatforms: (address: BuilderAddress) => Promise<readonly string[]>;
};

/**
 * Where to connect, the best way first: the later ones are slower or have to start something.
 * Addresses other than buildx's resolve to themselves.
 * @throws ConnectError for a broken configuration, or when no single node builds all platforms
 */
export async function resolveBuilder(
  address: BuilderAddress,
  options: ResolveOptions,
): Promise<readonly BuilderAddress[]> {
  if (address.kind !== 'buildx') return [address];
  const { env } = options;
  const read = await readBuildxBuilder(env, address.name);
  switch (read.state) {
    case 'broken':
      throw new ConnectError('configuration', address, read.problem);
    case 'absent': {
      // Every Docker context is a builder of that name.
      const context = await readContext(env, address.name);
      if (context !== undefined) return [dockerAddress(context.host, context.tls)];
      if (address.name === 'default') return [defaultContext(env)];
      throw new ConnectError('buildx', address, `no builder "${address.name}" found.`);
    }
    case 'read': {
      const platforms = address.platform === undefined ? options.platforms : [address.platform];
      const node = await chooseNode(address, read.builder, { ...options, platforms });
      return waysTo(read.builder, node, platforms[0], env);
    }
  }
}

function defaultContext(env: Env): BuilderAddress {
  const host = env['DOCKER_HOST'];
  return host === undefined || host === ''
    ? dockerDefaultAddress()
    : dockerAddress(host, undefined);
}

/** buildx starts a container that is not there or does not run, so it is the last resort. */
async function waysTo(
  builder: BuildxBuilder,
  node: BuildxNode,
  platform: string | undefined,
  env: Env,
): Promise<readonly BuilderAddress[]> {
  const direct = await nodeAddress(builder, node, env);
  const throughBuildx: BuilderAddress = {
    kind: 'buildx',
    name: builder.name,
    ...(platform !== undefined && builder.nodes.length > 1 && { platform }),
  };
  if (direct === undefined) return [throughBuildx];
  return builder.driver === 'docker-container' ? [direct, throughBuildx] : [direct];
}

async function chooseNode(
  address: BuilderAddress,
  builder: BuildxBuilder,
  options: ResolveOptions,
): Promise<BuildxNode> {
  const shares = await sharesOf(address, builder, options);
  const [share] = shares;
  if (shares.length === 1 && share !== undefined) return share.node;
  const split = shares
    .flatMap(({ node, platforms }) => platforms.map((platform) => `${platform} on ${node.name}`))
    .join(', ');
  throw new ConnectError('several-nodes', address, split);
}

type Share = { readonly node: BuildxNode; readonly platforms: readonly string[] };

/** Which nodes build what, in the order of the platforms; the first node where none are asked for. */
async function sharesOf(
  address: BuilderAddress,
  builder: BuildxBuilder,
  { env, platforms, askPlatforms }: ResolveOptions,
): Promise<readonly Share[]> {
  const { nodes } = builder;
  const [first] = nodes;
  if (first === undefined) throw new ConnectError('configuration', address, 'it has no nodes.');
  if (nodes.length === 1 || platforms.length === 0) return [{ node: first, platforms }];
  let choice = chooseNodes(
    nodes.map((node) => node.platforms),
    platforms,
  );
  if (!choice.exact) {
    choice = chooseNodes(
      await Promise.all(nodes.map((node) => knownPlatforms(builder, node, env, askPlatforms))),
      platforms,
    );
  }
  const shares = new Map<BuildxNode, string[]>();
  for (const [index, platform] of platforms.entries()) {
    const node = nodes[choice.indices[index] ?? 0] ?? first;
    shares.set(node, [...(shares.get(node) ?? []), platform]);
  }
  return [...shares].map(([node, own]) => ({ node, platforms: own }));
}

/** One node's part of a build for several platforms. */
export type NodeShare = {
  /** Leads to the node. */
  readonly address: BuilderAddress;
  readonly name: string;
  readonly platforms: readonly string[];
};

/**
 * How a builder's nodes share a build for several platforms; empty for what has no nodes.
 * @throws ConnectError for a broken configuration
 */
export async function nodeShares(
  address: BuilderAddress,
  options: ResolveOptions,
): Promise<readonly NodeShare[]> {
  if (address.kind !== 'buildx' || address.platform !== undefined) return [];
  const read = await readBuildxBuilder(options.env, address.name);
  if (read.state !== 'read') return [];
  const shares = await sharesOf(address, read.builder, options);
  return shares.map(({ node, platforms }) => {
    const [platform] = platforms;
    return {
      address: { ...address, ...(platform === undefined ? {} : { platform }) },
      name: node.name,
      platforms,
    };
  });
}

/** A node that does not answer can still be chosen for what the store says of it. */
async function knownPlatforms(
  builder: BuildxBuilder,
  node: BuildxNode,
  env: Env,
  askPlatforms: ResolveOptions['askPlatforms'],
): Promise<readonly string[]> {
  const address = await nodeAddress(builder, node, env);
  if (address === undefined) return node.platforms;
  try {
    return [...node.platforms, ...(await askPlatforms(address))];
  } catch (error) {
    if (error instanceof ConnectError) return node.platforms;
    throw error;
  }
}

/** All nodes of a builder, for looking at them one by one. @throws ConnectError as {@link resolveBuilder} */
export async function builderNodes(
  address: BuilderAddress,
  env: Env,
): Promise<readonly { readonly name: string; readonly address: string }[]> {
  if (address.kind !== 'buildx') return [];
  const read = await readBuildxBuilder(env, address.name);
  if (read.state !== 'read') return [];
  return Promise.all(
    read.builder.nodes.map(async (node) => {
      const direct = await nodeAddress(read.builder, node, env);
      return {
        name: node.name,
        address: direct === undefined ? node.endpoint : formatAddress(direct),
      };
    }),
  );
}
