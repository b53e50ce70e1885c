/**
 * Several steps drawn as one: a closed stage, a run of steps that follow each other, or all that
 * lies further from the results than what is looked at.
 */
import type {
  BuildGraph,
  GraphInput,
  GraphNode,
  GroupId,
  NodeId,
  NodeState,
  NodeStatus,
  NodeWarning,
} from '../../../proto/model/build-graph';

export type Fold = {
  readonly id: NodeId;
  readonly kind: 'stage' | 'run' | 'rest';
  readonly group?: GroupId;
  /** In definition order. */
  readonly members: readonly NodeId[];
};

export type Folded = { readonly graph: BuildGraph; readonly folds: ReadonlyMap<NodeId, Fold> };

/** Shorter runs are drawn as they are. */
const SHORTEST_RUN = 3;

/** Each of the given stages becomes one node, which stands outside any group. */
export function foldStages(graph: BuildGraph, closed: ReadonlySet<GroupId>): Folded {
  const members = new Map<GroupId, GraphNode[]>();
  for (const node of graph.nodes) {
    if (node.group === undefined || !closed.has(node.group)) continue;
    const list = members.get(node.group);
    if (list === undefined) members.set(node.group, [node]);
    else list.push(node);
  }
  const folds = new Map<NodeId, Fold>();
  const heads = new Map<NodeId, string>();
  for (const [group, nodes] of members) {
    if (nodes.length < 2) continue;
    const id = `fold\0stage\0${group}`;
    folds.set(id, { id, kind: 'stage', group, members: nodes.map((node) => node.id) });
    heads.set(id, graph.groups.find((each) => each.id === group)?.name ?? group);
  }
  return folded(graph, folds, (fold) => ({ name: heads.get(fold.id) ?? '' }));
}

/** Steps that follow each other with nothing else going in or out become one node. */
export function foldRuns(graph: BuildGraph): Folded {
  const users = new Map<NodeId, number>();
  for (const { inputs } of graph.nodes)
    for (const { node } of inputs) users.set(node, (users.get(node) ?? 0) + 1);
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const results = new Set(graph.results);
  /** The run that ends with a step, while it still grows. */
  const runs = new Map<NodeId, NodeId[]>();
  const all: NodeId[][] = [];
  for (const node of graph.nodes) {
    const [input, ...others] = node.inputs;
    const before = input === undefined ? undefined : byId.get(input.node);
    const follows =
      before !== undefined &&
      others.length === 0 &&
      before.group === node.group &&
      users.get(before.id) === 1 &&
      !results.has(before.id);
    const run = follows ? runs.get(before.id) : undefined;
    if (run === undefined) {
      const begun = [node.id];
      runs.set(node.id, begun);
      all.push(begun);
    } else {
      run.push(node.id);
      runs.set(node.id, run);
    }
  }
  const folds = new Map<NodeId, Fold>();
  for (const members of all) {
    const first = members[0];
    // A result is what people look for: it keeps its own place.
    if (results.has(members.at(-1) ?? '')) members.pop();
    if (first === undefined || members.length < SHORTEST_RUN) continue;
    const id = `fold\0run\0${first}`;
    const group = byId.get(first)?.group;
    folds.set(id, { id, kind: 'run', members, ...(group === undefined ? {} : { group }) });
  }
  return folded(graph, folds, ({ members, group }) => ({
    name: [members[0], members.at(-1)].map((id) => byId.get(id ?? '')?.name ?? '').join(' … '),
    ...(group === undefined ? {} : { group }),
  }));
}

/**
 * Of a graph too large to be read, the steps nearest its results stand as themselves, and all others
 * as one node that they build on. A step is near once all its users are, so that what everything
 * uses does not stand in the way.
 * @param most how many stand as themselves
 */
export function foldRest(graph: BuildGraph, most: number): Folded {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const users = new Map<NodeId, number>();
  for (const { inputs } of graph.nodes)
    for (const { node } of inputs) users.set(node, (users.get(node) ?? 0) + 1);
  const results = graph.results.filter((id) => byId.has(id) && !users.has(id));
  const near =
    results.length > 0
      ? results
      : graph.nodes.filter(({ id }) => !users.has(id)).map(({ id }) => id);
  // The list grows while it is walked.
  for (let at = 0; at < near.length && at < most; at += 1) {
    for (const { node } of byId.get(near[at] ?? '')?.inputs ?? []) {
      const left = (users.get(node) ?? 0) - 1;
      users.set(node, left);
      if (left === 0) near.push(node);
    }
  }
  const shown = new Set(near.slice(0, most));
  const members = graph.nodes.flatMap(({ id }) => (shown.has(id) ? [] : [id]));
  if (members.length < 2) return { graph, folds: new Map() };
  const fold: Fold = { id: REST, kind: 'rest', members };
  return folded(graph, new Map([[REST, fold]]), () => ({ name: '' }));
}

/** There is only one. */
const REST = 'fold\0rest';

/** Each fold stands where its last member stood, so that inputs still come before their users. */
function folded(
  graph: BuildGraph,
  folds: ReadonlyMap<NodeId, Fold>,
  look: (fold: Fold) => { readonly name: string; readonly group?: GroupId },
): Folded {
  if (folds.size === 0) return { graph, folds };
  const holder = new Map<NodeId, Fold>();
  for (const fold of folds.values()) for (const id of fold.members) holder.set(id, fold);
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const at = (id: NodeId): NodeId => holder.get(id)?.id ?? id;
  const nodes = graph.nodes.flatMap((node): readonly GraphNode[] => {
    const fold = holder.get(node.id);
    if (fold === undefined) {
      return node.inputs.some((input) => holder.has(input.node))
        ? [{ ...node, inputs: node.inputs.map((input) => ({ ...input, node: at(input.node) })) }]
        : [node];
    }
    if (fold.members.at(-1) !== node.id) return [];
    const parts = fold.members.flatMap((id) => byId.get(id) ?? []);
    const inputs = parts
      .flatMap((part) => part.inputs)
      .map((input): GraphInput => ({ node: at(input.node), kind: input.kind }))
      .filter((input) => input.node !== fold.id);
    return [
      {
        ...look(fold),
        id: fold.id,
        digest: node.digest,
        neutralDigest: node.neutralDigest,
        kind: 'build',
        fullName: look(fold).name,
        ...(node.platform === undefined ? {} : { platform: node.platform }),
        inputs: [
          ...new Map(inputs.map((input) => [`${input.kind} ${input.node}`, input])).values(),
        ],
        ranges: parts.flatMap(({ ranges }) => ranges.slice(0, 1)),
        details: [],
        internal: parts.every(({ internal }) => internal),
        uncertain: parts.some(({ uncertain }) => uncertain),
      },
    ];
  });
  return {
    graph: { ...graph, nodes: inOrder(nodes), results: [...new Set(graph.results.map(at))] },
    folds,
  };
}

/** Inputs before their users, otherwise as they come: a stage may be used before its last step. */
function inOrder(nodes: readonly GraphNode[]): readonly GraphNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const done = new Set<NodeId>();
  const begun = new Set<NodeId>();
  const sorted: GraphNode[] = [];
  const stack: { readonly node: GraphNode; next: number }[] = [];
  for (const root of nodes) {
    stack.push({ node: root, next: 0 });
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      begun.add(top.node.id);
      const input = top.node.inputs[top.next];
      top.next += 1;
      if (input === undefined || done.has(top.node.id)) {
        if (!done.has(top.node.id)) sorted.push(top.node);
        done.add(top.node.id);
        stack.pop();
        continue;
      }
      const next = byId.get(input.node);
      if (next !== undefined && !begun.has(next.id)) stack.push({ node: next, next: 0 });
    }
  }
  return sorted;
}

/** From the state that matters most to the one that matters least. */
const weight: readonly NodeState[] = [
  'failed',
  'running',
  'cancelled',
  'predicted-run',
  'queued',
  'done',
  'unknown',
  'predicted-cached',
  'cached',
];

/** What several steps come to: the state that matters most, and the time from first to last. */
export function foldStatus(
  { members }: Fold,
  statuses: Readonly<Record<NodeId, NodeStatus>>,
): NodeStatus {
  let state: NodeState = 'cached';
  let started = Infinity;
  let joined: number | undefined;
  let completed = -Infinity;
  let open = false;
  const warnings: NodeWarning[] = [];
  let error: string | undefined;
  for (const id of members) {
    const status: NodeStatus = statuses[id] ?? { state: 'unknown' };
    if (weight.indexOf(status.state) < weight.indexOf(state)) state = status.state;
    warnings.push(...(status.warnings ?? []));
    error ??= status.error;
    if (status.started === undefined || status.state === 'cached') continue;
    started = Math.min(started, status.started);
    joined ??= status.joined;
    if (status.completed === undefined) open = true;
    else completed = Math.max(completed, status.completed);
  }
  const stops = new Set(members.flatMap((id) => statuses[id]?.stops ?? []));
  const waiting = members.some((id) => statuses[id]?.state === 'queued');
  if (state === 'queued' && started !== Infinity) state = 'running';
  return {
    state: state === 'done' && waiting ? 'running' : state,
    ...(started === Infinity ? {} : { started }),
    ...(joined === undefined ? {} : { joined }),
    ...(open || completed === -Infinity ? {} : { completed }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(error === undefined ? {} : { error }),
    ...(stops.size === 0 ? {} : { stops: [...stops] }),
  };
}
