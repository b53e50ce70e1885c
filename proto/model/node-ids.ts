/**
 * Node ids that survive edits.
 *
 * One keystroke changes the digest of every descendant, so neither digests nor positions can
 * identify a node. Inside a group, nodes are aligned with the previous graph's: first by equal
 * neutral digest or equal name (a longest common subsequence, so order is respected), then, in the
 * gaps between aligned nodes, by kind. What is left over is new and gets a fresh id.
 */
import type { BuildGraph, GraphInput, GraphNode, NodeId } from './build-graph';
import { commonSubsequence } from './common-subsequence';

/** Renames the nodes of `next` after their counterparts in `previous`. */
export function carryNodeIds(previous: BuildGraph, next: BuildGraph): BuildGraph {
  const renamed = new Map<NodeId, NodeId>();
  const oldByGroup = groupNodes(previous.nodes);
  for (const [group, nodes] of groupNodes(next.nodes)) {
    align(oldByGroup.get(group) ?? [], nodes, renamed);
  }
  // Fresh ids must collide neither with a surviving node's nor with one just removed, whose
  // status or selection a client may still hold.
  const fresh = freshIds([...previous.nodes.map((node) => node.id), ...renamed.values()]);
  for (const node of next.nodes) if (!renamed.has(node.id)) renamed.set(node.id, fresh(node));
  const rename = (id: NodeId): NodeId => renamed.get(id) ?? id;
  const renameInput = (input: GraphInput): GraphInput => ({ ...input, node: rename(input.node) });
  return {
    ...next,
    nodes: next.nodes.map((node) => ({
      ...node,
      id: rename(node.id),
      inputs: node.inputs.map(renameInput),
    })),
    results: next.results.map(rename),
    status: Object.fromEntries(
      Object.entries(next.status).map(([id, status]) => [rename(id), status]),
    ),
  };
}

/** Gives ids that say where a node was first seen, each once and none that is `taken`. */
export function freshIds(
  taken: Iterable<NodeId> = [],
): (node: Pick<GraphNode, 'group' | 'kind'>) => NodeId {
  const used = new Set(taken);
  const counts = new Map<string, number>();
  return (node) => {
    const base = `${node.group ?? ''}/${node.kind}`;
    for (let count = (counts.get(base) ?? 0) + 1; ; count++) {
      const id = `${base}-${count}`;
      if (used.has(id)) continue;
      counts.set(base, count);
      used.add(id);
      return id;
    }
  };
}

function groupNodes(nodes: readonly GraphNode[]): Map<string, GraphNode[]> {
  const groups = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const key = node.group ?? '';
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [node]);
    else list.push(node);
  }
  return groups;
}

function align(
  before: readonly GraphNode[],
  after: readonly GraphNode[],
  renamed: Map<NodeId, NodeId>,
): void {
  const same = (a: GraphNode, b: GraphNode) =>
    a.neutralDigest === b.neutralDigest || (a.kind === b.kind && a.name === b.name);
  let lastBefore = 0;
  let lastAfter = 0;
  const pairGap = (endBefore: number, endAfter: number) => {
    pairByKind(before.slice(lastBefore, endBefore), after.slice(lastAfter, endAfter), renamed);
  };
  for (const [i, j] of commonSubsequence(before, after, same)) {
    const a = before[i];
    const b = after[j];
    if (a === undefined || b === undefined) continue;
    pairGap(i, j);
    renamed.set(b.id, a.id);
    lastBefore = i + 1;
    lastAfter = j + 1;
  }
  pairGap(before.length, after.length);
}

/**
 * In a gap, a changed line keeps its node: the nth node of a kind continues as the nth of that
 * kind, from the front, but never more nodes than there were.
 */
function pairByKind(
  before: readonly GraphNode[],
  after: readonly GraphNode[],
  renamed: Map<NodeId, NodeId>,
): void {
  const left = [...before];
  for (const node of after) {
    const index = left.findIndex((candidate) => candidate.kind === node.kind);
    const match = index < 0 ? undefined : left[index];
    if (match === undefined) continue;
    left.splice(index, 1);
    renamed.set(node.id, match.id);
  }
}
