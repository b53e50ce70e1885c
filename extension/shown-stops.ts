/**
 * Marks the nodes of a graph at which threads of the debugger are stopped. The graph shown may be
 * that of the text, whose digests name another session than those of the build.
 */
import type { BuildGraph, NodeStatus } from '../proto/model/build-graph';

/** A thread by name, and the neutral digest of the step that it stands at. */
export type ShownStop = { readonly thread: string; readonly step: string };

/** @param stops by digest of a vertex of the build */
export function stopsIn(
  build: BuildGraph,
  stops: readonly { readonly thread: string; readonly digest: string }[],
): readonly ShownStop[] {
  return stops.flatMap(({ thread, digest }) => {
    const node = build.nodes.find((one) => one.digest === digest);
    return node === undefined ? [] : [{ thread, step: node.neutralDigest }];
  });
}

export function withStops(graph: BuildGraph, stops: readonly ShownStop[]): BuildGraph {
  if (stops.length === 0) return graph;
  const status: Record<string, NodeStatus> = { ...graph.status };
  for (const { id, neutralDigest } of graph.nodes) {
    const threads = stops.filter(({ step }) => step === neutralDigest).map(({ thread }) => thread);
    if (threads.length === 0) continue;
    status[id] = { ...(graph.status[id] ?? { state: 'unknown' }), stops: threads };
  }
  return { ...graph, status };
}
