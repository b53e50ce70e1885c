/**
 * Which graph a file's panel shows: that of its text, with what is known of its last build.
 *
 * The text's own graph carries the build's status wherever the two mean the same steps. Where they
 * do not (the daemon's frontend made other steps, the text was edited while it builds), the
 * build's graph is shown for as long as it is the truth: while it runs, and after it until the
 * text changes.
 */
import { emptyGraph, type BuildGraph } from '../proto/model/build-graph';
import { joinStatus, statusByNeutralDigest } from '../proto/model/join-status';
import { carryNodeIds } from '../proto/model/node-ids';

export type BuildOnGraph = {
  readonly graph: BuildGraph;
  /** It runs, or is stopped in the debugger. */
  readonly active: boolean;
  /** The text is what was built. */
  readonly unchanged: boolean;
};

/**
 * @param text the graph of the text, where it compiles
 * @param build the newest build of the file
 * @param previous what was shown before; nodes that stay keep their ids
 */
export function shownGraph(
  text: BuildGraph | undefined,
  build: BuildOnGraph | undefined,
  previous: BuildGraph,
): BuildGraph {
  const next = choose(text, build);
  return previous.nodes.length === 0 ? next : carryNodeIds(previous, next);
}

function choose(text: BuildGraph | undefined, build: BuildOnGraph | undefined): BuildGraph {
  if (build === undefined) return text ?? emptyGraph;
  if (text === undefined) return build.graph;
  const isTruth = build.active || build.unchanged;
  if (isTruth && !covers(text, build.graph)) {
    return { ...build.graph, notes: [...build.graph.notes, ...text.notes] };
  }
  return joinStatus(text, statusByNeutralDigest(build.graph), { fromLastBuild: !build.unchanged });
}

/** Says whether every real step of the build is in the text's graph too. */
function covers(text: BuildGraph, build: BuildGraph): boolean {
  const known = new Set(text.nodes.map((node) => node.neutralDigest));
  return build.nodes.every(
    (node) => node.internal || node.kind === 'unknown' || known.has(node.neutralDigest),
  );
}
