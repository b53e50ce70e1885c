/** The difference between two versions of a graph, and its application. */
import { sameValue } from './same-value';
import type {
  BuildGraph,
  GraphNode,
  GraphPatch,
  NodeChange,
  NodeId,
  NodeStatus,
} from './build-graph';

/** What turns `before` into `after`; undefined when nothing changed. */
export function diffGraphs(before: BuildGraph, after: BuildGraph): GraphPatch | undefined {
  const nodes = hasSameOrder(before.nodes, after.nodes)
    ? diffInOrder(before, after)
    : diffNodes(before, after);
  const status = diffStatus(before.status, after.status);
  const patch: GraphPatch = {
    ...nodes,
    ...(sameValue(before.groups, after.groups) ? {} : { groups: after.groups }),
    ...(sameValue(before.sources, after.sources) ? {} : { sources: after.sources }),
    ...(sameValue(before.results, after.results) ? {} : { results: after.results }),
    ...(sameValue(before.notes, after.notes) ? {} : { notes: after.notes }),
    ...(status === undefined ? {} : { status }),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function hasSameOrder(before: readonly GraphNode[], after: readonly GraphNode[]): boolean {
  if (before === after) return true;
  if (before.length !== after.length) return false;
  for (let index = 0; index < after.length; index++) {
    const node = after[index];
    const old = before[index];
    if (node !== old && node?.id !== old?.id) return false;
  }
  return true;
}

type NodePatch = Pick<GraphPatch, 'upserts' | 'changes' | 'removes' | 'order'>;

function diffInOrder(before: BuildGraph, after: BuildGraph): NodePatch {
  return changedNodes(after.nodes, (_node, index) => before.nodes[index]);
}

function diffNodes(before: BuildGraph, after: BuildGraph): NodePatch {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const kept = new Set(after.nodes.map((node) => node.id));
  const removes = before.nodes.filter((node) => !kept.has(node.id)).map((node) => node.id);
  return {
    ...changedNodes(after.nodes, (node) => old.get(node.id)),
    ...(removes.length > 0 ? { removes } : {}),
    order: after.nodes.map((node) => node.id),
  };
}

/** New nodes as a whole, others by the fields that have changed. */
function changedNodes(
  nodes: readonly GraphNode[],
  oldOf: (node: GraphNode, index: number) => GraphNode | undefined,
): NodePatch {
  const upserts: GraphNode[] = [];
  const changes: [NodeId, NodeChange][] = [];
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index];
    if (node === undefined) continue;
    const old = oldOf(node, index);
    if (old === node) continue;
    const change = old && changeOf(old, node);
    if (change === undefined) upserts.push(node);
    else if (change !== nothing) changes.push([node.id, change]);
  }
  return {
    ...(upserts.length > 0 ? { upserts } : {}),
    ...(changes.length > 0 ? { changes } : {}),
  };
}

const nothing: NodeChange = {};

/** {@link nothing} for equal nodes; undefined when a field is gone, which no change can say. */
function changeOf(before: GraphNode, after: GraphNode): NodeChange | undefined {
  const { digest, neutralDigest } = after;
  // What stands on an edited step has other digests and nothing else.
  if (isSameButForDigests(before, after)) {
    return digest === before.digest && neutralDigest === before.neutralDigest
      ? nothing
      : { digest, neutralDigest };
  }
  if (before.group !== undefined && after.group === undefined) return undefined;
  if (before.platform !== undefined && after.platform === undefined) return undefined;
  let change: NodeChange | undefined;
  for (const field of fields) {
    const value = after[field];
    const old = before[field];
    if (value === old || (typeof value === 'object' && sameValue(old, value))) continue;
    change = { ...change, [field]: value };
  }
  return change ?? nothing;
}

function isSameButForDigests(a: GraphNode, b: GraphNode): boolean {
  return (
    a.inputs === b.inputs &&
    a.ranges === b.ranges &&
    a.details === b.details &&
    a.fullName === b.fullName &&
    a.name === b.name &&
    a.kind === b.kind &&
    a.group === b.group &&
    a.platform === b.platform &&
    a.internal === b.internal &&
    a.uncertain === b.uncertain
  );
}

/** All but the id, by which nodes are compared. */
const fields = [
  'digest',
  'neutralDigest',
  'kind',
  'name',
  'fullName',
  'group',
  'platform',
  'inputs',
  'ranges',
  'details',
  'internal',
  'uncertain',
] as const satisfies readonly (keyof NodeChange)[];

/** Applies a patch; the given graph is left as it is. */
export function applyPatch(graph: BuildGraph, patch: GraphPatch): BuildGraph {
  const status =
    patch.status === undefined ? graph.status : patchStatus(graph.status, patch.status);
  return {
    nodes: patchNodes(graph.nodes, patch),
    groups: patch.groups ?? graph.groups,
    sources: patch.sources ?? graph.sources,
    results: patch.results ?? graph.results,
    notes: patch.notes ?? graph.notes,
    status,
  };
}

/** One patch that does what `first` and then `second` do. */
export function mergePatches(first: GraphPatch, second: GraphPatch): GraphPatch {
  const removes = new Set([...(first.removes ?? []), ...(second.removes ?? [])]);
  const upserts = new Map((first.upserts ?? []).map((node) => [node.id, node]));
  const changes = new Map(first.changes);
  for (const id of second.removes ?? []) {
    upserts.delete(id);
    changes.delete(id);
  }
  for (const [id, change] of second.changes ?? []) {
    const whole = upserts.get(id);
    if (whole === undefined) changes.set(id, { ...changes.get(id), ...change });
    else upserts.set(id, { ...whole, ...change });
  }
  for (const node of second.upserts ?? []) {
    upserts.set(node.id, node);
    changes.delete(node.id);
    removes.delete(node.id);
  }
  return {
    ...first,
    ...second,
    ...(upserts.size > 0 ? { upserts: [...upserts.values()] } : {}),
    ...(first.changes || second.changes ? { changes: [...changes] } : {}),
    ...(removes.size > 0 ? { removes: [...removes] } : {}),
    ...(first.status === undefined && second.status === undefined
      ? {}
      : { status: { ...first.status, ...second.status } }),
  };
}

function patchNodes(nodes: readonly GraphNode[], patch: GraphPatch): readonly GraphNode[] {
  const { upserts, changes, removes, order } = patch;
  if (!upserts && !changes && !removes && !order) return nodes;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const id of removes ?? []) byId.delete(id);
  for (const node of upserts ?? []) byId.set(node.id, node);
  for (const [id, change] of changes ?? []) {
    const node = byId.get(id);
    if (node !== undefined) byId.set(id, { ...node, ...change });
  }
  return (order ?? [...byId.keys()]).flatMap((id) => byId.get(id) ?? []);
}

type StatusTable = Readonly<Record<NodeId, NodeStatus>>;

function diffStatus(
  before: StatusTable,
  after: StatusTable,
): Record<NodeId, NodeStatus | null> | undefined {
  const changed: Record<NodeId, NodeStatus | null> = {};
  for (const id of Object.keys(before)) if (after[id] === undefined) changed[id] = null;
  for (const [id, status] of Object.entries(after))
    if (!sameValue(before[id], status)) changed[id] = status;
  return Object.keys(changed).length === 0 ? undefined : changed;
}

function patchStatus(
  status: StatusTable,
  changes: Readonly<Record<NodeId, NodeStatus | null>>,
): StatusTable {
  const next = new Map(Object.entries(status));
  for (const [id, change] of Object.entries(changes)) {
    if (change === null) next.delete(id);
    else next.set(id, change);
  }
  return Object.fromEntries(next);
}
