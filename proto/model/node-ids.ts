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

/** What nodes are told apart by. */
export type Identifiable = Pick<GraphNode, 'group' | 'kind' | 'name' | 'neutralDigest'>;

type Named = Identifiable & Pick<GraphNode, 'id'>;

/** The ids of the nodes of a graph, given those of the graph before it. */
export function carriedIds(
  previous: readonly Named[],
  next: readonly Identifiable[],
): readonly NodeId[] {
  const ids = new Array<NodeId | undefined>(next.length);
  const shorter = Math.min(previous.length, next.length);
  // An edit leaves a long common head and tail, and these need no grouping.
  let head = 0;
  for (; head < shorter; head++) {
    const before = previous[head];
    if (before === undefined || !isSameNode(before, next[head])) break;
    ids[head] = before.id;
  }
  let tail = 0;
  for (; tail < shorter - head; tail++) {
    const before = previous[previous.length - 1 - tail];
    const place = next.length - 1 - tail;
    if (before === undefined || !isSameNode(before, next[place])) break;
    ids[place] = before.id;
  }
  const middle = next
    .slice(head, next.length - tail)
    .map((node, index) => ({ node, at: head + index }));
  const oldByGroup = groupNodes(previous.slice(head, previous.length - tail), ({ group }) => group);
  for (const [group, nodes] of groupNodes(middle, ({ node }) => node.group)) {
    align(oldByGroup.get(group) ?? [], nodes, ids);
  }
  if (ids.includes(undefined)) {
    // Fresh ids must collide neither with a surviving node's nor with one just removed, whose
    // status or selection a client may still hold.
    const fresh = freshIds(previous.map((node) => node.id));
    for (const { node, at } of middle) ids[at] ??= fresh(node);
  }
  return ids.map((id) => id ?? '');
}

function isSameNode(before: Named, after: Identifiable | undefined): boolean {
  return after !== undefined && before.group === after.group && isSame(before, after);
}

function isSame(a: Identifiable, b: Identifiable): boolean {
  return a.neutralDigest === b.neutralDigest || (a.kind === b.kind && a.name === b.name);
}

/** Renames the nodes of `next` after their counterparts in `previous`. */
export function carryNodeIds(previous: BuildGraph, next: BuildGraph): BuildGraph {
  const ids = carriedIds(previous.nodes, next.nodes);
  const renamed = new Map<NodeId, NodeId>();
  for (const [index, node] of next.nodes.entries()) renamed.set(node.id, ids[index] ?? node.id);
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

function groupNodes<T>(
  nodes: readonly T[],
  groupOf: (node: T) => string | undefined,
): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const node of nodes) {
    const key = groupOf(node) ?? '';
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [node]);
    else list.push(node);
  }
  return groups;
}

/** A node without an id, and its index. */
type Nameless = { readonly node: Identifiable; readonly at: number };

function align(
  before: readonly Named[],
  after: readonly Nameless[],
  ids: (NodeId | undefined)[],
): void {
  let lastBefore = 0;
  let lastAfter = 0;
  const pairGap = (endBefore: number, endAfter: number) => {
    pairByKind(before.slice(lastBefore, endBefore), after.slice(lastAfter, endAfter), ids);
  };
  for (const [i, j] of commonSubsequence(before, after, (a, b) => isSame(a, b.node))) {
    const a = before[i];
    const b = after[j];
    if (a === undefined || b === undefined) continue;
    pairGap(i, j);
    ids[b.at] = a.id;
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
  before: readonly Named[],
  after: readonly Nameless[],
  ids: (NodeId | undefined)[],
): void {
  const left = [...before];
  for (const { node, at } of after) {
    const index = left.findIndex((candidate) => candidate.kind === node.kind);
    const match = index < 0 ? undefined : left[index];
    if (match === undefined) continue;
    left.splice(index, 1);
    ids[at] = match.id;
  }
}
