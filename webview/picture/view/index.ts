/**
 * What part of a graph is looked at, and how closely: a graph of its own, in which stages and runs
 * of steps may stand as one node. Everything behind (layout, painters, search, keyboard) sees only
 * that graph; what a drawn node stands for is found in `folds` and `holders`.
 */
import type { BuildGraph, GroupId, NodeId } from '../../../proto/model/build-graph';
import { foldRest, foldRuns, foldStages, foldStatus } from './fold';
import type { Fold } from './fold';
import { near, ofPlatform, waysBetween } from './focus';
import { withoutImplied } from './implied';
import { sideBySide } from './side-by-side';

export type { Fold } from './fold';
export { sideBySide } from './side-by-side';

/** What people chose; a choice that is left out follows the graph's size. */
export type ViewChoices = {
  /** By stage: whether it is open. */
  readonly stages: Readonly<Record<GroupId, boolean>>;
  /** Whether runs of steps between two branchings stand as one. */
  readonly runs?: boolean;
  /** Whether edges are drawn that a longer way implies. */
  readonly implied?: boolean;
  /**
   * Only what is within so many edges of a step; for {@link WAYS} the ways to it from another step,
   * or from the results.
   */
  readonly focus?:
    | { readonly node: NodeId; readonly hops: number; readonly from?: NodeId | undefined }
    | undefined;
  /** So many steps of a large graph stand as themselves, those nearest its results. */
  readonly most?: number | undefined;
  /** Only what this platform needs. */
  readonly platform?: string | undefined;
};

/** In place of a number of edges. */
export const WAYS = -2;

export const noChoices: ViewChoices = { stages: {} };

/** From so many steps on, stages begin closed. */
const MANY_STEPS = 60;
/** Where there are no stages to close, more steps than this are no picture any more. */
const LARGE = 120;
/** From so many steps on, runs stand as one where there are no stages. */
const MANY_UNGROUPED = 300;
/** Of a larger graph without stages, so many steps are drawn at first. */
const FIRST_SHOWN = 30;
/** More edges a node than this is a closure, in which most edges are implied by others. */
const DENSE = 1.8;

export type View = {
  readonly graph: BuildGraph;
  /** By drawn node: what it stands for. */
  readonly folds: ReadonlyMap<NodeId, Fold>;
  /** By hidden node: the fold it is in. */
  readonly holders: ReadonlyMap<NodeId, NodeId>;
  /** Housekeeping that nothing is joined to: it only stands in the way of a picture. */
  readonly hidden: ReadonlySet<NodeId>;
  /** What the choices came to. */
  readonly runs: boolean;
  readonly implied: boolean;
  readonly most: number;
  /** The whole is too large to be looked at all at once. */
  readonly large: boolean;
  /** How many steps are drawn, as themselves or in a closed stage or a run. */
  readonly drawn: number;
};

/** @param whole the graph as its makers know it */
export function viewOf(whole: BuildGraph, choices: ViewChoices): View {
  const graph = sideBySide(whole);
  const hidden = loneHousekeeping(graph);
  let shown =
    hidden.size === 0
      ? graph
      : { ...graph, nodes: graph.nodes.filter(({ id }) => !hidden.has(id)) };
  if (choices.platform !== undefined) shown = ofPlatform(shown, choices.platform);
  const stages = shown.groups.filter(({ kind }) => kind !== 'role');
  const large = stages.length === 0 && shown.nodes.length > LARGE;
  if (choices.focus !== undefined) shown = focused(shown, choices.focus);
  const edges = shown.nodes.reduce((sum, { inputs }) => sum + inputs.length, 0);
  const implied = choices.implied ?? (stages.length > 0 || edges < DENSE * shown.nodes.length);
  if (!implied) shown = withoutImplied(shown);
  const closed = closedStages(shown, choices);
  const most =
    large && choices.focus === undefined ? (choices.most ?? FIRST_SHOWN) : shown.nodes.length;
  const stageFolds = most < shown.nodes.length ? foldRest(shown, most) : foldStages(shown, closed);
  const runs = choices.runs ?? (large && Math.min(most, shown.nodes.length) > MANY_UNGROUPED);
  const runFolds = runs ? foldRuns(stageFolds.graph) : stageFolds;
  const folds = new Map([...stageFolds.folds, ...runFolds.folds]);
  const holders = new Map<NodeId, NodeId>();
  for (const [id, { members }] of folds) for (const member of members) holders.set(member, id);
  const rest = [...folds.values()].find(({ kind }) => kind === 'rest')?.members.length ?? 0;
  const drawn = shown.nodes.length - rest;
  return { graph: runFolds.graph, folds, holders, hidden, runs, implied, most, large, drawn };
}

function focused(
  graph: BuildGraph,
  { node, hops, from }: NonNullable<ViewChoices['focus']>,
): BuildGraph {
  if (hops !== WAYS) return near(graph, node, hops);
  return waysBetween(graph, from, node) ?? near(graph, node, 0);
}

/** A frontend's own steps beside the graph, such as reading the file; not those that failed. */
function loneHousekeeping(graph: BuildGraph): ReadonlySet<NodeId> {
  const used = new Set([
    ...graph.results,
    ...graph.nodes.flatMap(({ inputs }) => inputs.map(({ node }) => node)),
  ]);
  const lone = graph.nodes.filter(
    ({ id, internal, inputs }) =>
      internal && inputs.length === 0 && !used.has(id) && graph.status[id]?.state !== 'failed',
  );
  return new Set(lone.length === graph.nodes.length ? [] : lone.map(({ id }) => id));
}

/** The stages that stand as one node. */
export function closedStages(graph: BuildGraph, choices: ViewChoices): ReadonlySet<GroupId> {
  const stages = graph.groups.filter(({ kind }) => kind !== 'role');
  const byDefault = graph.nodes.length >= MANY_STEPS && stages.length > 1;
  return new Set(stages.flatMap(({ id }) => ((choices.stages[id] ?? !byDefault) ? [] : [id])));
}

/** The same view with the statuses that `graph` has now: nothing moves. */
export function withStatus(view: View, graph: BuildGraph): View {
  if (view.folds.size === 0)
    return { ...view, graph: { ...view.graph, status: graph.status, notes: graph.notes } };
  const status = { ...graph.status };
  for (const [id, fold] of view.folds) status[id] = foldStatus(fold, graph.status);
  return { ...view, graph: { ...view.graph, status, notes: graph.notes } };
}
