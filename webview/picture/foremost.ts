/** Which step of a picture is looked at first. */
import type { BuildGraph, NodeId } from '../../proto/model/build-graph';
import { statusOf } from './describe';
import type { Layout } from './layout';
import type { Fold } from './view';

/** The step that people look for first: one that failed, else one that runs. */
export function foremostOf(
  graph: BuildGraph,
  { nodes }: Layout,
  folds: ReadonlyMap<NodeId, Fold>,
): NodeId | undefined {
  // Of thousands of steps some always run: that is no news of any of them.
  const isWorthIt = (id: NodeId): boolean =>
    folds.get(id)?.kind !== 'rest' || statusOf(graph, id).state === 'failed';
  for (const wanted of ['failed', 'running'] as const)
    for (const { id } of graph.nodes)
      if (statusOf(graph, id).state === wanted && nodes.has(id) && isWorthIt(id)) return id;
  return undefined;
}
