/** Parts of a graph: what is near a step, and what one platform needs. */
import type { BuildGraph, NodeId } from '../../../proto/model/build-graph';

/** The steps within `hops` edges of a step, either way; the whole graph where it is not in it. */
export function near(graph: BuildGraph, node: NodeId, hops: number): BuildGraph {
  const neighbours = new Map<NodeId, NodeId[]>(graph.nodes.map(({ id }) => [id, []]));
  if (!neighbours.has(node)) return graph;
  for (const { id, inputs } of graph.nodes) {
    for (const input of inputs) {
      neighbours.get(input.node)?.push(id);
      neighbours.get(id)?.push(input.node);
    }
  }
  const reached = new Set([node]);
  let edge = [node];
  for (let hop = 0; hop < hops && edge.length > 0; hop += 1) {
    const next: NodeId[] = [];
    for (const id of edge) {
      for (const neighbour of neighbours.get(id) ?? []) {
        if (reached.has(neighbour)) continue;
        reached.add(neighbour);
        next.push(neighbour);
      }
    }
    edge = next;
  }
  return part(graph, reached);
}

/** The steps of one platform with all that they need. */
export function ofPlatform(graph: BuildGraph, platform: string): BuildGraph {
  const wanted = new Set<NodeId>();
  // Inputs stand before their users, so one pass from the end is enough.
  for (let at = graph.nodes.length - 1; at >= 0; at -= 1) {
    const node = graph.nodes[at];
    if (node === undefined || (node.platform !== platform && !wanted.has(node.id))) continue;
    wanted.add(node.id);
    for (const input of node.inputs) wanted.add(input.node);
  }
  return part(graph, wanted);
}

/** The platforms of a graph's steps, in their order. */
export function platformsOf(graph: BuildGraph): readonly string[] {
  return [...new Set(graph.nodes.flatMap(({ platform }) => platform ?? []))];
}

function part(graph: BuildGraph, ids: ReadonlySet<NodeId>): BuildGraph {
  if (ids.size === graph.nodes.length) return graph;
  return { ...graph, nodes: graph.nodes.filter(({ id }) => ids.has(id)) };
}
