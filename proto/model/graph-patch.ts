/** The difference between two versions of a graph, and its application. */
import type { BuildGraph, GraphNode, GraphPatch, NodeId, NodeStatus } from './build-graph';

/** What turns `before` into `after`; undefined when nothing changed. */
export function diffGraphs(before: BuildGraph, after: BuildGraph): GraphPatch | undefined {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const kept = new Set(after.nodes.map((node) => node.id));
  const upserts = after.nodes.filter((node) => !equal(old.get(node.id), node));
  const removes = before.nodes.filter((node) => !kept.has(node.id)).map((node) => node.id);
  const sameOrder =
    before.nodes.length === after.nodes.length &&
    after.nodes.every((node, index) => before.nodes[index]?.id === node.id);
  const status = diffStatus(before.status, after.status);
  const patch: GraphPatch = {
    ...(upserts.length > 0 ? { upserts } : {}),
    ...(removes.length > 0 ? { removes } : {}),
    ...(sameOrder ? {} : { order: after.nodes.map((node) => node.id) }),
    ...(equal(before.groups, after.groups) ? {} : { groups: after.groups }),
    ...(equal(before.sources, after.sources) ? {} : { sources: after.sources }),
    ...(equal(before.results, after.results) ? {} : { results: after.results }),
    ...(equal(before.notes, after.notes) ? {} : { notes: after.notes }),
    ...(status === undefined ? {} : { status }),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}

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
  for (const id of second.removes ?? []) upserts.delete(id);
  for (const node of second.upserts ?? []) {
    upserts.set(node.id, node);
    removes.delete(node.id);
  }
  return {
    ...first,
    ...second,
    ...(upserts.size > 0 ? { upserts: [...upserts.values()] } : {}),
    ...(removes.size > 0 ? { removes: [...removes] } : {}),
    ...(first.status === undefined && second.status === undefined
      ? {}
      : { status: { ...first.status, ...second.status } }),
  };
}

function patchNodes(nodes: readonly GraphNode[], patch: GraphPatch): readonly GraphNode[] {
  if (patch.upserts === undefined && patch.removes === undefined && patch.order === undefined)
    return nodes;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const id of patch.removes ?? []) byId.delete(id);
  for (const node of patch.upserts ?? []) byId.set(node.id, node);
  return (patch.order ?? [...byId.keys()]).flatMap((id) => byId.get(id) ?? []);
}

type StatusTable = Readonly<Record<NodeId, NodeStatus>>;

function diffStatus(
  before: StatusTable,
  after: StatusTable,
): Record<NodeId, NodeStatus | null> | undefined {
  const changed: Record<NodeId, NodeStatus | null> = {};
  for (const id of Object.keys(before)) if (after[id] === undefined) changed[id] = null;
  for (const [id, status] of Object.entries(after))
    if (!equal(before[id], status)) changed[id] = status;
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

/** Deep equality of plain JSON-able data, where an absent property equals an undefined one. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = Object.entries(a).filter(([, value]) => value !== undefined);
  const right = new Map(Object.entries(b).filter(([, value]) => value !== undefined));
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && equal(value, right.get(key)))
  );
}
