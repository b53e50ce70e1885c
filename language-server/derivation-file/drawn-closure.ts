/** The graph of a closure that is not being built: provisional where paths are known only after. */
import { type BuildGraph } from '../../proto/model/build-graph';
import { graphFromDefinitions } from '../../proto/model/graph-from-definition';
import { carryNodeIds } from '../../proto/model/node-ids';
import type { Platform } from '../../proto/model/op';
import type { Compiled } from '../build-file';
import { compileClosure, SHELL_IMAGE, textOf, type Closure } from '../derivation';
import { platformOfSystem } from '../derivation/compile/systems';
import type { ServerHost } from '../host';

/**
 * @param beside any address in the folder that holds the closure's files
 */
export function drawnClosure(
  closure: Closure,
  beside: string,
  host: Pick<ServerHost, 'buildPlatforms'>,
  previous: BuildGraph,
): Compiled {
  const [root = ''] = closure.roots;
  const system = closure.derivations.get(root)?.derivation?.system;
  const platform = (system === undefined ? undefined : platformOfSystem(system)) ?? own(host);
  const { definition, groups, problems } = compileClosure(closure, {
    shell: SHELL_IMAGE,
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
  const graph = graphFromDefinitions([definition], { groups, uris, notes });
  return { graph: carryNodeIds(previous, graph), definitions: [definition], notes };
}

function own({ buildPlatforms }: Pick<ServerHost, 'buildPlatforms'>): Platform {
  const [os = 'linux', architecture = 'amd64'] = buildPlatforms[0]?.split('/') ?? [];
  return { os, architecture };
}
