/** The nodes of a graph by the instructions that they come from. */
import type { BuildGraph, GraphNode } from '../proto/model/build-graph';
import type { DockerfileView } from './dockerfile-view';

export type GraphSteps = {
  /** The nodes of an instruction, by its index. */
  of(instruction: number): readonly GraphNode[];
  /** How many nodes of other instructions rest on those of each instruction. */
  followers(): ReadonlyMap<number, number>;
};

export function graphSteps(
  view: DockerfileView | undefined,
  graph: BuildGraph | undefined,
): GraphSteps {
  const byInstruction = new Map<number, GraphNode[]>();
  const instructions = view?.tree.instructions ?? [];
  const byLine = new Map(instructions.map(({ lines }, index) => [lines.first, index]));
  for (const node of graph?.nodes ?? []) {
    const line = node.ranges[0]?.start.line;
    const index = line === undefined ? undefined : byLine.get(line);
    if (index === undefined) continue;
    byInstruction.set(index, [...(byInstruction.get(index) ?? []), node]);
  }
  return {
    of: (instruction) => byInstruction.get(instruction) ?? [],
    followers: () => countFollowers(graph?.nodes ?? [], byInstruction),
  };
}

function countFollowers(
  nodes: readonly GraphNode[],
  byInstruction: ReadonlyMap<number, readonly GraphNode[]>,
): Map<number, number> {
  const users = new Map<string, string[]>();
  for (const { id, inputs } of nodes) {
    for (const { node } of inputs) users.set(node, [...(users.get(node) ?? []), id]);
  }
  const counts = new Map<number, number>();
  for (const [instruction, own] of byInstruction) {
    const seen = new Set<string>(own.map(({ id }) => id));
    const waiting = [...seen];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      for (const user of users.get(id) ?? []) {
        if (seen.has(user)) continue;
        seen.add(user);
        waiting.push(user);
      }
    }
    counts.set(instruction, seen.size - own.length);
  }
  return counts;
}
