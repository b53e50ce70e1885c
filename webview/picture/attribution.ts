/** What a step's needs cost: how much of the build is there for it, and how much for it alone. */
import type { BuildGraph, NodeId, NodeStatus } from '../../proto/model/build-graph';
import { statusOf } from './describe';
import { elapsed } from './units';

export type Cost = {
  readonly steps: number;
  /** Milliseconds that they took together; those from the cache took none. */
  readonly duration: number;
  /** Bytes of what they have made, as far as that is known. */
  readonly size: number;
};

export type Attribution = {
  /** Everything below the step, without itself. */
  readonly needed: Cost;
  /** What of that nothing else needs, so that it would go with the step. */
  readonly alone: Cost;
};

/** Undefined for a step that needs nothing. */
export function attributionOf(
  graph: BuildGraph,
  node: NodeId,
  now: number,
): Attribution | undefined {
  const needed = below(graph, [node]);
  if (needed.size === 1) return undefined;
  // What is still reached when the step itself is passed over is there for others too.
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs.map((input) => input.node)));
  const ends = graph.nodes.filter(({ id }) => !used.has(id)).map(({ id }) => id);
  const others = below(graph, ends, node);
  const cost = (counts: (id: NodeId) => boolean): Cost => {
    const steps = [...needed].filter((id) => id !== node && counts(id));
    const times = steps.map((id) => elapsed(statusOf(graph, id), now) ?? 0);
    const sizes = steps.map((id) => sizeOf(statusOf(graph, id)));
    return { steps: steps.length, duration: total(times), size: total(sizes) };
  };
  return { needed: cost(() => true), alone: cost((id) => !others.has(id)) };
}

/** Bytes of what a step has made, as far as that is known. */
export function sizeOf({ outputs = [] }: NodeStatus): number {
  return total(outputs.map(({ size }) => size));
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

/** The steps and all that they need, without what only `without` needs. */
function below(graph: BuildGraph, from: readonly NodeId[], without?: NodeId): ReadonlySet<NodeId> {
  const reached = new Set(from);
  // Inputs stand before their users, so one pass from the end is enough.
  for (let at = graph.nodes.length - 1; at >= 0; at -= 1) {
    const node = graph.nodes[at];
    if (node === undefined || node.id === without || !reached.has(node.id)) continue;
    for (const input of node.inputs) reached.add(input.node);
  }
  return reached;
}
