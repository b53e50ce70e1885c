/**
 * Leaves out what goes without saying: an edge from A to B where B is reached from A by a longer
 * way as well. In closures half of all edges are of that kind.
 */
import type { BuildGraph, GraphInput } from '../../../proto/model/build-graph';

/** Above so many steps the sets of what each one reaches take too much room. */
const MOST = 20_000;

export function withoutImplied(graph: BuildGraph): BuildGraph {
  const count = graph.nodes.length;
  if (count > MOST) return graph;
  const index = new Map(graph.nodes.map(({ id }, at) => [id, at]));
  const words = (count + 31) >> 5;
  /** By step, a bit for each step that it reaches. */
  const reach = new Uint32Array(count * words);
  const nodes = graph.nodes.map((node, at) => {
    const inputs = node.inputs
      .map((input) => ({ input, at: index.get(input.node) ?? -1 }))
      // The latest input first: what it reaches need not be drawn again.
      .sort((a, b) => b.at - a.at);
    const kept = new Set<GraphInput>();
    for (const { input, at: from } of inputs) {
      if (from < 0 || from >= at) {
        kept.add(input);
        continue;
      }
      const known = ((reach[at * words + (from >> 5)] ?? 0) >>> (from & 31)) & 1;
      if (known === 0 || [...kept].some((other) => other.node === input.node)) kept.add(input);
      if (known === 1) continue;
      for (let word = 0; word <= at >> 5; word += 1) {
        const place = at * words + word;
        reach[place] = (reach[place] ?? 0) | (reach[from * words + word] ?? 0);
      }
      const own = at * words + (from >> 5);
      reach[own] = (reach[own] ?? 0) | (1 << (from & 31));
    }
    if (kept.size === node.inputs.length) return node;
    return { ...node, inputs: node.inputs.filter((input) => kept.has(input)) };
  });
  return { ...graph, nodes };
}
