/** The graph of a closure that is not being built: provisional where paths are known only after. */
import { type BuildGraph } from '../../proto/model/build-graph';
import type { Definition } from '../../proto/model/definition';
import type { Digest } from '../../proto/model/digest';
import { graphFromDefinitions } from '../../proto/model/graph-from-definition';
import { carryNodeIds } from '../../proto/model/node-ids';
import type { Platform } from '../../proto/model/op';
import type { Compiled } from '../build-file';
import { compileClosure, SHELL_IMAGE, textOf, type Closure } from '../derivation';
import { platformOfSystem } from '../derivation/compile/systems';
import type { ServerHost } from '../host';

/**
 * @param document whose graph this is
 * @param beside any address in the folder that holds the closure's files
 */
export async function drawnClosure(
  closure: Closure,
  document: string,
  beside: string,
  host: Pick<ServerHost, 'buildPlatforms' | 'images'>,
  previous: BuildGraph,
): Promise<Compiled> {
  const [root = ''] = closure.roots;
  const system = closure.derivations.get(root)?.derivation?.system;
  const platform = (system === undefined ? undefined : platformOfSystem(system)) ?? own(host);
  const image = await host.images(document).resolve(SHELL_IMAGE, { platform, mode: 'default' });
  const { definition, groups, problems } = compileClosure(closure, {
    shell: {
      ref: image.ref,
      ...(image.digest === undefined ? {} : { digest: image.digest }),
    },
    platforms: [platform],
  });
  const notes = problems.map(({ message, drv }) => `${textOf(drv)}: ${message}`);
  if (definition === undefined) return { graph: undefined, notes };
  const uris = Object.fromEntries(
    definition.sources.map(({ filename }) => [
      filename,
      new URL(encodeURIComponent(filename), beside).href,
    ]),
  );
  const uncertain = image.uncertain ? usersOfImages(definition) : new Set<Digest>();
  const graph = graphFromDefinitions([definition], { groups, uris, notes, uncertain });
  return { graph: carryNodeIds(previous, graph), definitions: [definition], notes };
}

function own({ buildPlatforms }: Pick<ServerHost, 'buildPlatforms'>): Platform {
  const [os = 'linux', architecture = 'amd64'] = buildPlatforms[0]?.split('/') ?? [];
  return { os, architecture };
}

/** Image sources and every step that rests on one. */
function usersOfImages({ ops }: Definition): Set<Digest> {
  const users = new Set<Digest>();
  for (const { digest, op } of ops) {
    const isImage = op.op.kind === 'source' && op.op.identifier.startsWith('docker-image:');
    if (isImage || op.inputs.some((input) => users.has(input.digest))) users.add(digest);
  }
  return users;
}
