/**
 * Lays the status of one graph over another, joined by neutral digest: a build's status on the
 * graph of the text being edited, or one build's on the next.
 */
import type { BuildGraph, NodeStatus } from './build-graph';
import type { Digest } from './digest';

export type StatusByNeutralDigest = ReadonlyMap<Digest, NodeStatus>;

export function statusByNeutralDigest(graph: BuildGraph): Map<Digest, NodeStatus> {
  return new Map(
    graph.nodes.flatMap((node): [Digest, NodeStatus][] => {
      const status = graph.status[node.id];
      return status === undefined ? [] : [[node.neutralDigest, status]];
    }),
  );
}

/**
 * `graph` with the status of `known`. With `fromLastBuild` the statuses are marked as coming from
 * a build of an older text.
 */
export function joinStatus(
  graph: BuildGraph,
  known: StatusByNeutralDigest,
  { fromLastBuild }: { readonly fromLastBuild: boolean },
): BuildGraph {
  const status: Record<string, NodeStatus> = {};
  for (const node of graph.nodes) {
    const joined = known.get(node.neutralDigest);
    if (joined !== undefined)
      status[node.id] = fromLastBuild ? { ...joined, fromLastBuild } : joined;
  }
  return { ...graph, status };
}
