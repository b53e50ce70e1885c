/** Which step of a picture is looked at first. */
import type { BuildGraph, NodeId } from '../../proto/model/build-graph';
import { statusOf } from './describe';
import type { Layout } from './layout';

/** The step that people look for first: one that failed, else one that runs. */
export function foremostOf(graph: BuildGraph, { nodes }: Layout): NodeId | undefined {
  for (const wanted of ['failed', 'running'] as const)
    for (const { id } of graph.nodes)
      if (statusOf(graph, id).state === wanted && nodes.has(id)) return id;
  return undefined;
}
