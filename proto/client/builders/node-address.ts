/** How a node of a buildx builder is reached without buildx, driver by driver. */
import { parseAddress, type BuilderAddress } from '../address';
import { readContext, type Env } from '../docker-config';
import type { BuildxBuilder, BuildxNode } from './buildx-store';
import { dockerAddress } from './docker-address';

/**
 * Undefined where only buildx itself knows the way (Kubernetes deployments, the cloud driver).
 * @throws AddressError for an endpoint that means nothing
 */
export async function nodeAddress(
  { driver }: BuildxBuilder,
  node: BuildxNode,
  env: Env,
): Promise<BuilderAddress | undefined> {
  switch (driver) {
    case 'docker':
      return dockerEndpoint(node.endpoint, env);
    case 'docker-container': {
      const context = await readContext(env, node.endpoint);
      // The container is called so by buildx's driver.
      return {
        kind: 'container',
        engine: 'docker',
        name: `buildx_buildkit_${node.name}`,
        ...(context === undefined && node.endpoint.includes('://')
          ? { host: node.endpoint }
          : { context: node.endpoint }),
      };
    }
    case 'remote':
      return remoteAddress(node);
    default:
      return undefined;
  }
}

/** An endpoint that is a context's name or a Docker host. */
async function dockerEndpoint(endpoint: string, env: Env): Promise<BuilderAddress> {
  const context = await readContext(env, endpoint);
  if (context !== undefined) return dockerAddress(context.host, context.tls);
  return endpoint.includes('://')
    ? dockerAddress(endpoint, undefined)
    : { kind: 'buildx', name: endpoint };
}

/** The remote driver's certificates are options of the node. */
function remoteAddress({ endpoint, driverOptions }: BuildxNode): BuilderAddress {
  const address = parseAddress(endpoint);
  if (address.kind !== 'tcp') return address;
  const { cacert: caCert, cert, key, servername: serverName } = driverOptions;
  if ([caCert, cert, key, serverName].every((one) => one === undefined)) return address;
  return {
    ...address,
    tls: {
      ...(caCert !== undefined && { caCert }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(serverName !== undefined && { serverName }),
    },
  };
}
