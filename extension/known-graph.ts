/** Lays what the records of builds tell over the graph that is shown. */
import type {
  BuildGraph,
  NodeDifference,
  NodePrediction,
  NodeStatus,
} from '../proto/model/build-graph';

export type Knowledge = {
  /** By neutral digest. */
  readonly predictions: ReadonlyMap<string, NodePrediction>;
  /** By neutral digest; a `root` is a neutral digest too. */
  readonly differences: ReadonlyMap<string, NodeDifference>;
};

const predictedStates = {
  cached: 'predicted-cached',
  run: 'predicted-run',
  unknown: 'unknown',
} as const satisfies Record<NodePrediction['outcome'], NodeStatus['state']>;

/** What no build has told a status of is shown as predicted. */
export function withKnowledge(
  graph: BuildGraph,
  { predictions, differences }: Knowledge,
): BuildGraph {
  if (predictions.size === 0 && differences.size === 0) return graph;
  const ids = new Map<string, string>(graph.nodes.map((node) => [node.neutralDigest, node.id]));
  const status: Record<string, NodeStatus> = { ...graph.status };
  for (const { id, neutralDigest } of graph.nodes) {
    const prediction = predictions.get(neutralDigest);
    const difference = differences.get(neutralDigest);
    if (prediction === undefined && difference === undefined) continue;
    const state = prediction === undefined ? 'unknown' : predictedStates[prediction.outcome];
    status[id] = {
      ...(graph.status[id] ?? { state }),
      ...(prediction === undefined ? {} : { prediction }),
      ...(difference === undefined ? {} : { difference: rooted(difference, ids) }),
    };
  }
  return { ...graph, status };
}

function rooted(
  { root, ...difference }: NodeDifference,
  ids: ReadonlyMap<string, string>,
): NodeDifference {
  const id = root === undefined ? undefined : ids.get(root);
  return id === undefined ? difference : { ...difference, root: id };
}
