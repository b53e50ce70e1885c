/**
 * A plain layout in linear time: every group is a lane of rows, and lanes that do not meet in
 * height share a column. It stands in where ELK would take too long.
 */
import { GROUP_PADDING } from './layout-input';
import type { Box, Layout, LayoutInput, LayoutNode, Point } from './layout';

const GAP_X = 32;
const GAP_Y = 44;
const MARGIN = 24;

type Lane = {
  readonly group: string | undefined;
  readonly rows: Map<number, LayoutNode[]>;
  first: number;
  last: number;
};

export function laneLayout(input: LayoutInput): Layout {
  const rows = rowOf(input);
  const lanes = lanesOf(input, rows);
  const rowTops = topsOfRows(input, rows);
  const columns = packLanes(lanes);

  const nodes = new Map<string, Box>();
  const groups = new Map<string, Box>();
  let left = MARGIN;
  let right = 0;
  for (const column of columns) {
    const labels = new Map(input.groups.map((group) => [group.id, group.labelWidth]));
    const inner = Math.max(
      ...column.map((lane) =>
        Math.max(...[...lane.rows.values()].map(rowWidth), labels.get(lane.group ?? '') ?? 0),
      ),
    );
    const width = inner + 2 * GROUP_PADDING.side;
    for (const lane of column) {
      for (const [row, members] of lane.rows) {
        let x = left + (width - rowWidth(members)) / 2;
        for (const node of members) {
          nodes.set(node.id, { x, y: rowTops[row] ?? 0, width: node.width, height: node.height });
          x += node.width + GAP_X;
        }
      }
      if (lane.group !== undefined) {
        const top = (rowTops[lane.first] ?? 0) - GROUP_PADDING.top;
        const last = Math.max(
          ...(lane.rows.get(lane.last) ?? []).map((node) => nodes.get(node.id)?.height ?? 0),
        );
        const bottom = (rowTops[lane.last] ?? 0) + last + GROUP_PADDING.bottom;
        groups.set(lane.group, { x: left, y: top, width, height: bottom - top });
      }
    }
    right = left + width;
    left = right + GAP_X;
  }
  const height = Math.max(0, ...[...nodes.values()].map((box) => box.y + box.height));
  return {
    width: nodes.size === 0 ? 0 : right + MARGIN,
    height: nodes.size === 0 ? 0 : height + GROUP_PADDING.bottom + MARGIN,
    nodes,
    groups,
    edges: new Map(
      input.edges.map((edge) => [edge.id, route(nodes.get(edge.from), nodes.get(edge.to))]),
    ),
  };
}

const rowWidth = (members: readonly LayoutNode[]): number =>
  members.reduce((sum, node) => sum + node.width, 0) + (members.length - 1) * GAP_X;

/** The longest way from a source; nodes come inputs first, so one pass is enough. */
function rowOf(input: LayoutInput): ReadonlyMap<string, number> {
  const inputs = new Map<string, string[]>();
  for (const { from, to } of input.edges) inputs.set(to, [...(inputs.get(to) ?? []), from]);
  const rows = new Map<string, number>();
  for (const { id } of input.nodes) {
    const above = (inputs.get(id) ?? []).map((from) => rows.get(from) ?? -1);
    rows.set(id, Math.max(-1, ...above) + 1);
  }
  return rows;
}

function lanesOf(input: LayoutInput, rows: ReadonlyMap<string, number>): readonly Lane[] {
  const lanes = new Map<string, Lane>();
  for (const node of input.nodes) {
    const row = rows.get(node.id) ?? 0;
    // A node without a group is a lane of its own.
    const key = node.group === undefined ? `n${node.id}` : `g${node.group}`;
    const lane: Lane = lanes.get(key) ?? {
      group: node.group,
      rows: new Map(),
      first: row,
      last: row,
    };
    lane.first = Math.min(lane.first, row);
    lane.last = Math.max(lane.last, row);
    const members = lane.rows.get(row);
    if (members === undefined) lane.rows.set(row, [node]);
    else members.push(node);
    lanes.set(key, lane);
  }
  return [...lanes.values()];
}

function topsOfRows(input: LayoutInput, rows: ReadonlyMap<string, number>): readonly number[] {
  const heights: number[] = [];
  for (const node of input.nodes) {
    const row = rows.get(node.id) ?? 0;
    heights[row] = Math.max(heights[row] ?? 0, node.height);
  }
  let top = MARGIN + GROUP_PADDING.top;
  return heights.map((height) => {
    const here = top;
    top += height + GAP_Y + GROUP_PADDING.side;
    return here;
  });
}

/** Puts each lane in the first column where it fits below what stands there. */
function packLanes(lanes: readonly Lane[]): readonly (readonly Lane[])[] {
  const columns: { lanes: Lane[]; taken: number }[] = [];
  for (const lane of [...lanes].sort((a, b) => a.first - b.first)) {
    const free = columns.find((column) => column.taken < lane.first - 1);
    if (free === undefined) columns.push({ lanes: [lane], taken: lane.last });
    else {
      free.lanes.push(lane);
      free.taken = lane.last;
    }
  }
  return columns.map((column) => column.lanes);
}

/** Down, across in the gap above the target, and down. */
function route(from: Box | undefined, to: Box | undefined): readonly Point[] {
  if (from === undefined || to === undefined) return [];
  const start = { x: from.x + from.width / 2, y: from.y + from.height };
  const end = { x: to.x + to.width / 2, y: to.y };
  if (start.x === end.x) return [start, end];
  const middle = end.y - GAP_Y / 2;
  return [start, { x: start.x, y: middle }, { x: end.x, y: middle }, end];
}
