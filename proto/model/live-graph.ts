/**
 * Joins a build's status stream to its graph.
 *
 * The stream names vertices by op digest, so a node of the static graph gets its status with no
 * guessing; vertices the definition does not hold (a frontend's own loads, builds by a foreign
 * client) are added with the inputs that the stream gives. BuildKit announces a vertex several
 * times: a `started` and `completed` pair may come for cache-key work and then `started` alone when
 * the step really runs, so the newest announcement counts.
 */
import type {
  NodeOutput,
  BuildGraph,
  GraphNode,
  GraphPatch,
  NodeProgress,
  NodeStatus,
} from './build-graph';
import type { Digest } from './digest';
import { applyPatch } from './graph-patch';
import { freshIds } from './node-ids';
import { parseVertexName } from './vertex-name';

/** One message of a status stream (`StatusResponse`), times in milliseconds since the epoch. */
export type StatusUpdate = {
  readonly vertexes: readonly {
    readonly digest: Digest;
    readonly inputs: readonly Digest[];
    readonly name: string;
    readonly cached: boolean;
    readonly started?: number;
    readonly completed?: number;
    /** Empty when the vertex has not failed. */
    readonly error: string;
  }[];
  readonly statuses: readonly {
    readonly id: string;
    readonly vertex: Digest;
    readonly name: string;
    readonly current: number;
    readonly total: number;
    readonly completed?: number;
  }[];
  /** Bytes of log output by vertex; the text is kept elsewhere. */
  readonly logs: readonly { readonly vertex: Digest; readonly bytes: number }[];
  readonly warnings: readonly {
    readonly vertex: Digest;
    readonly text: string;
    /** Empty where nothing more is said of it. */
    readonly url: string;
    /** The file that it is about; empty for a warning of the vertex itself. */
    readonly filename: string;
    /** Lines of that file, from 1. */
    readonly lines: readonly number[];
  }[];
};

export type LiveGraph = { readonly graph: BuildGraph; readonly patch: GraphPatch | undefined };

/** Applies one status message; `patch` is undefined when it changes nothing. */
export function applyStatus(graph: BuildGraph, update: StatusUpdate): LiveGraph {
  const byDigest = new Map<string, GraphNode>(graph.nodes.map((node) => [node.digest, node]));
  const added = foreignNodes(graph, update, byDigest);
  const status: Record<string, NodeStatus> = {};
  const current = (node: GraphNode): NodeStatus =>
    status[node.id] ?? graph.status[node.id] ?? { state: 'unknown' };
  const change = (digest: Digest, next: (before: NodeStatus) => NodeStatus) => {
    const node = byDigest.get(digest);
    if (node !== undefined) status[node.id] = next(current(node));
  };
  for (const vertex of update.vertexes)
    change(vertex.digest, (before) => vertexStatus(before, vertex));
  for (const item of update.statuses) {
    change(item.vertex, (before) => ({
      ...before,
      progress: withProgress(before.progress ?? [], item),
    }));
  }
  for (const log of update.logs) {
    change(log.vertex, (before) => ({ ...before, logBytes: (before.logBytes ?? 0) + log.bytes }));
  }
  for (const warning of update.warnings) {
    for (const { digest } of warnedNodes(graph, warning) ?? [{ digest: warning.vertex }])
      change(digest, (before) => withWarning(before, warning));
  }
  if (added.length === 0 && Object.keys(status).length === 0) return { graph, patch: undefined };
  const patch: GraphPatch = {
    ...(added.length === 0
      ? {}
      : { upserts: added, order: [...added, ...graph.nodes].map((node) => node.id) }),
    ...(Object.keys(status).length === 0 ? {} : { status }),
  };
  return { graph: applyPatch(graph, patch), patch };
}

/** Adds what steps have made, by digest. */
export function withOutputs(
  graph: BuildGraph,
  outputs: ReadonlyMap<Digest, readonly NodeOutput[]>,
): LiveGraph {
  const status: Record<string, NodeStatus> = {};
  for (const { id, digest } of graph.nodes) {
    const made = outputs.get(digest);
    const before = graph.status[id];
    if (made !== undefined && before !== undefined) status[id] = { ...before, outputs: made };
  }
  if (Object.keys(status).length === 0) return { graph, patch: undefined };
  const patch: GraphPatch = { status };
  return { graph: applyPatch(graph, patch), patch };
}

/** Milliseconds by which a step must have begun before the build to be another one's. */
const EARLIER = 100;

/** A status that says whether the step began before the build that it is told to. */
export function joinedAt(status: NodeStatus, began: number): NodeStatus {
  const { started, state } = status;
  const isEarlier = started !== undefined && state !== 'cached' && started < began - EARLIER;
  if (status.joined === (isEarlier ? began : undefined)) return status;
  return { ...without(status, ['joined']), ...(isEarlier ? { joined: began } : {}) };
}

/** Marks the steps that began before the build did. @param began by the builder's clock */
export function withJoined({ graph, patch }: LiveGraph, began: number): LiveGraph {
  const changed = Object.entries(graph.status).flatMap(([id, before]) => {
    const after = joinedAt(before, began);
    return after === before ? [] : [[id, after] as const];
  });
  if (changed.length === 0) return { graph, patch };
  const status = Object.fromEntries(changed);
  return {
    graph: applyPatch(graph, { status }),
    patch: { ...patch, status: { ...patch?.status, ...status } },
  };
}

/** When a build ends, nothing can still be running: what was is cancelled, what waited is unknown. */
export function endStatus(graph: BuildGraph, completed: number): LiveGraph {
  const status: Record<string, NodeStatus> = {};
  for (const [id, before] of Object.entries(graph.status)) {
    if (before.state === 'running') status[id] = { ...before, state: 'cancelled', completed };
    if (before.state === 'queued') status[id] = { ...before, state: 'unknown' };
  }
  if (Object.keys(status).length === 0) return { graph, patch: undefined };
  const patch: GraphPatch = { status };
  return { graph: applyPatch(graph, patch), patch };
}

type VertexUpdate = StatusUpdate['vertexes'][number];

function vertexStatus(before: NodeStatus, vertex: VertexUpdate): NodeStatus {
  return {
    ...without(before, ['started', 'completed', 'joined', 'error']),
    state: vertexState(before, vertex),
    ...(vertex.started === undefined ? {} : { started: vertex.started }),
    ...(vertex.completed === undefined ? {} : { completed: vertex.completed }),
    ...(vertex.error === '' ? {} : { error: vertex.error }),
  };
}

/** BuildKit reports a vertex that was stopped with its siblings as failed with this text. */
const CANCELLED = 'context canceled';

function vertexState(before: NodeStatus, vertex: VertexUpdate): NodeStatus['state'] {
  if (vertex.error !== '') return vertex.error.endsWith(CANCELLED) ? 'cancelled' : 'failed';
  if (vertex.cached) return 'cached';
  if (vertex.completed !== undefined) return 'done';
  if (vertex.started !== undefined) return 'running';
  // A bare announcement of a vertex that has already got further says nothing new.
  return before.state === 'unknown' ? 'queued' : before.state;
}

function without<K extends keyof NodeStatus>(
  status: NodeStatus,
  keys: readonly K[],
): Omit<NodeStatus, K> {
  const copy = { ...status };
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy;
}

function withProgress(
  progress: readonly NodeProgress[],
  item: StatusUpdate['statuses'][number],
): readonly NodeProgress[] {
  const next: NodeProgress = {
    id: item.id,
    name: item.name,
    current: item.current,
    total: item.total,
    completed: item.completed !== undefined,
  };
  const index = progress.findIndex((known) => known.id === item.id);
  return index < 0 ? [...progress, next] : progress.with(index, next);
}

type Warning = StatusUpdate['warnings'][number];

/**
 * The nodes that are written where a warning points. A frontend warns of lines under the vertex
 * that has loaded the file, which says nothing of the steps that they make.
 */
function warnedNodes(
  { nodes, sources }: BuildGraph,
  { filename, lines }: Warning,
): readonly GraphNode[] | undefined {
  const found = nodes.filter(({ ranges }) =>
    ranges.some(
      ({ source, start, end }) =>
        sources[source]?.filename === filename &&
        lines.some((line) => start.line <= line && line <= end.line),
    ),
  );
  return found.length === 0 ? undefined : found;
}

/** Each solve of a frontend says its warnings again. */
function withWarning(before: NodeStatus, { text, url }: Warning): NodeStatus {
  const { warnings = [] } = before;
  if (warnings.some((one) => one.text === text)) return before;
  return { ...before, warnings: [...warnings, { text, ...(url === '' ? {} : { url }) }] };
}

/** Nodes for vertices that the graph does not hold; they come first, since loads precede the build. */
function foreignNodes(
  graph: BuildGraph,
  update: StatusUpdate,
  byDigest: Map<string, GraphNode>,
): GraphNode[] {
  if (update.vertexes.every(({ digest }) => byDigest.has(digest))) return [];
  const freshId = freshIds(graph.nodes.map((node) => node.id));
  const added: GraphNode[] = [];
  for (const vertex of update.vertexes) {
    if (byDigest.has(vertex.digest)) continue;
    const name = parseVertexName(vertex.name);
    const id = freshId({ kind: 'unknown' });
    const node: GraphNode = {
      id,
      digest: vertex.digest,
      neutralDigest: vertex.digest,
      kind: 'unknown',
      name: name.text,
      fullName: vertex.name,
      ...(name.platform === undefined ? {} : { platform: name.platform }),
      inputs: vertex.inputs.flatMap((digest) => {
        const input = byDigest.get(digest);
        return input === undefined ? [] : [{ node: input.id, kind: 'input' as const }];
      }),
      ranges: [],
      details: [],
      internal: name.internal,
      uncertain: false,
    };
    byDigest.set(vertex.digest, node);
    added.push(node);
  }
  return added;
}
