/** Parts of a graph: what is near a step, and what one platform needs. */
import type { BuildGraph, NodeId } from '../../../proto/model/build-graph';
import { runsOn } from './runs-on';

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

/**
 * The steps on any way by which one step needs another, whichever of the two that is.
 * @param from absent: the results @returns undefined where there is no such way
 */
export function waysBetween(
  graph: BuildGraph,
  from: NodeId | undefined,
  to: NodeId,
): BuildGraph | undefined {
  const tops = from === undefined ? graph.results : [from];
  return onWays(graph, tops, to) ?? (from === undefined ? undefined : onWays(graph, [to], from));
}

function onWays(graph: BuildGraph, tops: readonly NodeId[], to: NodeId): BuildGraph | undefined {
  const needsIt = new Set([to]);
  for (const { id, inputs } of graph.nodes) {
    if (inputs.some(({ node }) => needsIt.has(node))) needsIt.add(id);
  }
  const reached = new Set(tops.filter((id) => needsIt.has(id)));
  if (reached.size === 0) return undefined;
  for (let at = graph.nodes.length - 1; at >= 0; at -= 1) {
    const node = graph.nodes[at];
    if (node === undefined || node.id === to || !reached.has(node.id)) continue;
    for (const input of node.inputs) if (needsIt.has(input.node)) reached.add(input.node);
  }
  return part(graph, reached);
}

/** The steps of one platform with all that they need. */
export function ofPlatform(graph: BuildGraph, platform: string): BuildGraph {
  const wanted = new Set<NodeId>();
  // Inputs stand before their users, so one pass from the end is enough.
  for (let at = graph.nodes.length - 1; at >= 0; at -= 1) {
    const node = graph.nodes[at];
    if (node === undefined || (runsOn(node) !== platform && !wanted.has(node.id))) continue;
    wanted.add(node.id);
    for (const input of node.inputs) wanted.add(input.node);
  }
  return part(graph, wanted);
}

/** The platforms that a graph's steps run on, in their order. */
export function platformsOf(graph: BuildGraph): readonly string[] {
  return [...new Set(graph.nodes.flatMap((node) => runsOn(node) ?? []))];
}

function part(graph: BuildGraph, ids: ReadonlySet<NodeId>): BuildGraph {
  if (ids.size === graph.nodes.length) return graph;
  return { ...graph, nodes: graph.nodes.filter(({ id }) => ids.has(id)) };
}
