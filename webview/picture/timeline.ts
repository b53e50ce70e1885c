/**
 * A build over time: which steps ran when, side by side in lanes, what each one waited for, and what it
 * all comes to.
 */
import type {
  BuildGraph,
  GraphNode,
  NodeId,
  NodeState,
  NodeStatus,
} from '../../proto/model/build-graph';
import { criticalPath } from './critical-path';
import { statusOf } from './describe';
import { elapsedHere } from './units';
import { runsOn } from './view/runs-on';

export type Bar = {
  readonly node: GraphNode;
  readonly state: NodeState;
  /** Milliseconds after the build's beginning; 0 where another build had begun it before. */
  readonly from: number;
  readonly to: number;
  /** Another build had begun it. */
  readonly joined: boolean;
  /** When all its inputs were there; it waited from then on. */
  readonly ready: number;
  readonly critical: boolean;
  /** Brings something from elsewhere, instead of working. */
  readonly transfer: boolean;
};

/**
 * What makes a lane: a stage, a platform, or a slot, which holds steps that ran one after the other. There
 * are as many slots as steps ran at once. Which of its workers ran a step BuildKit does not say.
 */
export const laneKinds = ['stage', 'slot', 'platform'] as const;
export type LaneKind = (typeof laneKinds)[number];

/** What belongs together, in as many rows as things ran at once. */
export type Lane = {
  /** A stage's or a platform's; undefined for what is in none, and for slots. */
  readonly name: string | undefined;
  readonly rows: readonly (readonly Bar[])[];
};

export type Timeline = {
  readonly lanes: readonly Lane[];
  /** Milliseconds from the first beginning to the last end. */
  readonly duration: number;
  /** Milliseconds that all steps took together. */
  readonly work: number;
  readonly critical: number;
  /** Milliseconds that steps brought things from elsewhere. */
  readonly transfer: number;
  readonly steps: number;
  readonly cached: number;
  /**
   * Milliseconds that the steps from the cache took when they ran; 0 where no such run is
   * remembered, so the cache may have saved more.
   */
  readonly saved: number;
};

const transfers: ReadonlySet<GraphNode['kind']> = new Set([
  'image',
  'local',
  'git',
  'http',
  'oci-layout',
]);

/** Undefined where nothing has run. */
export function timelineOf(
  graph: BuildGraph,
  now: number,
  by: LaneKind = 'stage',
): Timeline | undefined {
  const onPath = new Set(criticalPath(graph, now).nodes);
  let start = Infinity;
  let end = -Infinity;
  const ends = new Map<NodeId, number>();
  /** When a step's result was there, which one from the cache has as well. */
  const ready = new Map<NodeId, number>();
  for (const { id } of graph.nodes) {
    const status = statusOf(graph, id);
    const time = elapsedHere(status, now);
    if (status.state === 'cached' && status.completed !== undefined)
      ready.set(id, status.completed);
    const began = beganHere(status);
    if (time === undefined || began === undefined) continue;
    start = Math.min(start, began);
    end = Math.max(end, began + time);
    ends.set(id, began + time);
    ready.set(id, began + time);
  }
  if (end < start) return undefined;
  const bars: Bar[] = [];
  let work = 0;
  let transfer = 0;
  let critical = 0;
  for (const node of graph.nodes) {
    const status = statusOf(graph, node.id);
    const began = beganHere(status);
    const to = ends.get(node.id);
    if (to === undefined || began === undefined) continue;
    const inputs = node.inputs.map((input) => ready.get(input.node) ?? start);
    const bar: Bar = {
      node,
      state: status.state,
      from: began - start,
      to: to - start,
      joined: status.joined !== undefined,
      // What came from the cache, or from another build, may have been there before the build began.
      ready:
        Math.max(start, Math.min(began, ...(inputs.length === 0 ? [] : [Math.max(...inputs)]))) -
        start,
      critical: onPath.has(node.id),
      transfer: transfers.has(node.kind),
    };
    work += bar.to - bar.from;
    if (bar.transfer) transfer += bar.to - bar.from;
    if (bar.critical) critical += bar.to - bar.from;
    bars.push(bar);
  }
  const cached = graph.nodes.flatMap(({ id }) => {
    const status = statusOf(graph, id);
    return status.state === 'cached' ? [status] : [];
  });
  return {
    lanes: lanesOf(graph, bars, by),
    duration: end - start,
    work,
    critical,
    transfer,
    steps: graph.nodes.length,
    cached: cached.length,
    saved: cached.reduce((sum, { prediction }) => sum + (prediction?.duration ?? 0), 0),
  };
}

/** When a step began for this build: with the build, where another one had begun it before. */
const beganHere = ({ started, joined }: NodeStatus): number | undefined => joined ?? started;

function lanesOf({ groups }: BuildGraph, bars: readonly Bar[], by: LaneKind): readonly Lane[] {
  if (by === 'slot') return packed(bars).map((row) => ({ name: undefined, rows: [row] }));
  const names = new Map(groups.map(({ id, name }) => [id, name]));
  const byLane = new Map<string | undefined, Bar[]>();
  for (const bar of bars) {
    const key = by === 'stage' ? bar.node.group : runsOn(bar.node);
    const lane = byLane.get(key);
    if (lane === undefined) byLane.set(key, [bar]);
    else lane.push(bar);
  }
  return [...byLane]
    .map(([key, members]) => ({
      name: key === undefined ? undefined : (names.get(key) ?? key),
      rows: packed(members),
    }))
    .sort((a, b) => firstOf(a) - firstOf(b));
}

const firstOf = ({ rows }: Lane): number => rows[0]?.[0]?.from ?? 0;

/** Puts bars into as few rows as they need, each into the first that is free. */
function packed(bars: readonly Bar[]): readonly (readonly Bar[])[] {
  const rows: Bar[][] = [];
  for (const bar of [...bars].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const free = rows.find((row) => (row.at(-1)?.to ?? 0) <= bar.from);
    if (free === undefined) rows.push([bar]);
    else free.push(bar);
  }
  return rows;
}

/** Round times for the marks of an axis: about `wanted` of them up to `duration`, in milliseconds. */
export function ticks(duration: number, wanted: number): readonly number[] {
  const least = duration / Math.max(1, wanted);
  const step =
    [10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3].find(
      (each) => each >= least,
    ) ?? Math.ceil(least / 3_600_000) * 3_600_000;
  const marks: number[] = [];
  for (let mark = 0; mark <= duration; mark += step) marks.push(mark);
  return marks;
}
