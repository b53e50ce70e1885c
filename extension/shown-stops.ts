/** Marks the nodes of a graph at which threads of the debugger are stopped. */
import type { BuildGraph, NodeStatus } from '../proto/model/build-graph';

/** @param stops by digest of a vertex */
export function withStops(
  graph: BuildGraph,
  stops: readonly { readonly thread: string; readonly digest: string }[],
): BuildGraph {
  if (stops.length === 0) return graph;
  const status: Record<string, NodeStatus> = { ...graph.status };
  for (const { id, digest } of graph.nodes) {
    const threads = stops.filter((one) => one.digest === digest).map(({ thread }) => thread);
    if (threads.length === 0) continue;
    status[id] = { ...(graph.status[id] ?? { state: 'unknown' }), stops: threads };
  }
  return { ...graph, status };
}
