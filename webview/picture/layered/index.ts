/**
 * Our own layered layout, in nearly linear time: 10,000 nodes take about a second, where general
 * engines take minutes, and a picture that was seen before keeps its places.
 *
 * rows → sheet (edges in pieces) → order → columns → positions → routes. Everything is computed
 * along and across the direction of the edges and turned at the end.
 */
import type { NodeId } from '../../../proto/model/build-graph';
import { columnsOf } from './alignment';
import { branchingLinks } from './branches';
import { Arranger } from './arrange';
import type { FlatOrder } from './arrange';
import { CrossingCounter, placesIn } from './crossings';
import { drawn, frames, MARGIN } from './drawing';
import type { Frame } from './drawing';
import { isSamePicture, oldPlaces } from './old-places';
import { orderInLanes, orderItems } from './order';
import type { Effort } from './order';
import { seededOrder } from './seed';
import { positionsOf } from './positions';
import { slotsOf } from './slots';
import { blockOf, lanesOf, rowsInLanes } from './lanes';
import type { Narrowed, Sizes } from './lanes';
import { orderedAlike } from './richer-sheet';
import { rowsOf } from './rows';
import { sheetOf } from './sheet';
import type { PortOffset, SheetOptions } from './sheet';
import { NO_GROUP } from './model';
import type { Link, Sheet, Vertex } from './model';
import { GROUP_PADDING } from '../layout-input';
import type { Branches, Lanes, Layout, LayoutInput, Room } from '../layout';
import { endsOf, portShare } from '../ports';

/** What is known of a layout besides its places. */
export type LayoutFigures = {
  readonly crossings: number;
  /** Whether the layout would cross less, if it were asked for with more effort. */
  readonly improvable: boolean;
};

/** Larger pictures made narrower only become a maze of long lines. */
const MOST_NARROWED = 90;
/** However little room there is, so many stand side by side. */
const FEWEST_LANES = 2;
/** A picture that can be seen as a whole at no more than this share of the wanted zoom is scrolled. */
const SEEN_WHOLE = 0.45;

/**
 * In a room that is too small the layout of those with fewer lanes that is seen largest as a whole; where
 * none can be, the one that shows most at the wanted zoom across.
 *
 * @param effort counts for pictures that were not seen before; those that were keep their order
 */
export function layeredLayout(
  input: LayoutInput,
  effort: Effort = 'thorough',
  measured?: (figures: LayoutFigures) => void,
): Layout {
  const shape = shapeOf(input);
  const { room, previous } = input;
  const narrowable =
    shape.down && room !== undefined && shape.vertices.length <= MOST_NARROWED ? room : undefined;
  // A picture that is edited keeps its lanes, so that it does not jump.
  const seen = previous !== undefined && isSamePicture(previous, shape.vertices);
  let best = laidOut(input, shape, effort, seen ? previous.lanes : undefined);
  if (narrowable !== undefined && !seen) {
    const { rows, vertices, links } = shape;
    let worth = worthOf(best.layout, narrowable);
    const most = lanesOf(rows, vertices, links, shape);
    for (let count = most; count >= FEWEST_LANES; count -= 1) {
      if (worth >= WHOLLY) break;
      const next = laidOut(input, shape, effort, { count, places: new Map() });
      const nextWorth = worthOf(next.layout, narrowable);
      if (nextWorth > worth) [best, worth] = [next, nextWorth];
    }
  }
  measured?.(best.figures);
  return best.layout;
}

/** What a layout is worth that is seen as a whole at the wanted zoom. */
const WHOLLY = 2;

/** From 1 on for what can be seen as a whole, and more for what is seen larger. */
function worthOf({ width, height }: Layout, room: Room): number {
  const across = Math.min(1, room.width / width);
  const whole = Math.min(across, room.height / height);
  return whole >= SEEN_WHOLE ? 1 + whole : across;
}

/** What is to be laid out, before anything has a place. */
type Shape = Sizes & {
  readonly vertices: readonly Vertex[];
  readonly links: readonly Link[];
  /** The rows as they would be with as much room as is wanted. */
  readonly rows: Int32Array;
  readonly frame: Frame;
  readonly down: boolean;
};

function shapeOf(input: LayoutInput): Shape {
  const direction = input.direction ?? 'down';
  const frame = frames[direction];
  const down = direction === 'down';
  const groups = new Map(input.groups.map((group, index) => [group.id, index]));
  const vertices = input.nodes.map((node): Vertex => ({
    id: node.id,
    along: down ? node.height : node.width,
    across: down ? node.width : node.height,
    group: node.group === undefined ? NO_GROUP : (groups.get(node.group) ?? NO_GROUP),
  }));
  const links = linksOf(input);
  const widths = input.groups.map(({ labelWidth }) =>
    down ? labelWidth + 2 * GROUP_PADDING.side : GROUP_PADDING.top,
  );
  const rows = rowsOf(vertices, links);
  return { vertices, links, rows, frame, down, spacing: frame.spacing, widths };
}

/** @param lanes undefined for as many as are wanted */
function laidOut(
  input: LayoutInput,
  shape: Shape,
  effort: Effort,
  lanes: Lanes | undefined,
): { readonly layout: Layout; readonly figures: LayoutFigures } {
  const { vertices, links, frame, down, spacing, widths } = shape;
  const narrow =
    lanes === undefined ? undefined : rowsInLanes(shape.rows, vertices, links, shape, lanes);
  const rows = narrow?.rows ?? shape.rows;
  const { sheet, arranger, order, old, figures } = ordered(
    input,
    { ...shape, rows },
    effort,
    narrow,
  );
  const slots = slotsOf(order, arranger);
  const columns = columnsOf(
    sheet,
    slots,
    (index) =>
      (narrow === undefined || inLane(sheet, narrow, index)) &&
      (old === undefined || stood(sheet, old, index)),
  );
  const room = narrow === undefined ? Infinity : (input.room?.width ?? Infinity) - 2 * MARGIN;
  const middles = positionsOf({ sheet, slots, columns, spacing, widths, room, old });
  const picture = drawn(input, { vertices, links, sheet, middles, frame, down });
  const branches = new Set(sheet.branched.map((link) => links[link]?.id ?? ''));
  const layout = branches.size === 0 ? picture : { ...picture, branches };
  if (narrow === undefined || lanes === undefined) return { layout, figures };
  const places = vertices.map(({ id }, vertex) => {
    const lane = narrow.lanes[blockOf(sheet, vertex)] ?? 0;
    return [id, { row: rows[vertex] ?? 0, lane }] as const;
  });
  return { layout: { ...layout, lanes: { count: lanes.count, places: new Map(places) } }, figures };
}

/** Everything in its row and at its place there. */
type Ordered = {
  readonly sheet: Sheet;
  readonly arranger: Arranger;
  readonly order: FlatOrder;
  /** By item, where it stood across; undefined where the picture was not seen before. */
  readonly old: Float64Array | undefined;
  readonly figures: LayoutFigures;
};

function ordered(
  input: LayoutInput,
  { vertices, links, rows, down }: Shape,
  effort: Effort,
  narrow: Narrowed | undefined,
): Ordered {
  const ends = endsOf(input.edges);
  const port: PortOffset = (vertex, side, kind) => {
    const { id = '', across = 0 } = vertices[vertex] ?? {};
    return (portShare(ends(id), side, kind) - 0.5) * across;
  };
  const sheetWith = (options: SheetOptions): Sheet =>
    sheetOf(vertices, links, rows, input.groups.length, port, options);
  const kept = keptBranches(input.previous, vertices);
  const sheet = sheetWith({ branched: (link) => kept?.has(links[link]?.id ?? '') === true });
  const arranger = new Arranger(sheet);
  const old = oldPlaces(input, { vertices, links, sheet, down });
  const as = (order: FlatOrder, improvable: boolean): Ordered => {
    const counter = new CrossingCounter(sheet.down, arranger.starts);
    const crossings = counter.count(order, placesIn(order, arranger.starts));
    return { sheet, arranger, order, old, figures: { crossings, improvable } };
  };
  if (narrow !== undefined) return as(orderInLanes(sheet, narrow, old), false);
  if (old !== undefined) return as(seededOrder(sheet, input.groups.length, old, arranger), false);
  const { order, state } = orderItems(sheet, arranger, effort);
  const plain = as(order, state === 'improvable');
  // A picture that a better one follows need not be the best, nor one that is too large to be looked at.
  if (state === 'improvable' || state === 'large') return plain;
  const branching = branchingLinks(plain, vertices, links);
  const used = usedGroups(vertices, links);
  const richer = sheetWith({
    branched: (link) => branching.has(link),
    spare: (group) => !used.has(group),
  });
  return richer.items.count === sheet.items.count
    ? plain
    : { ...plain, ...orderedAlike(plain, richer) };
}

/**
 * Groups that others take from. Only below the others a row is kept free: a step that comes at the end
 * of those that are used moves its users anyway.
 */
function usedGroups(vertices: readonly Vertex[], links: readonly Link[]): ReadonlySet<number> {
  const groupOf = (vertex: number): number => vertices[vertex]?.group ?? NO_GROUP;
  return new Set(
    links.filter(({ from, to }) => groupOf(from) !== groupOf(to)).map(({ from }) => groupOf(from)),
  );
}

/** The edges that hung on a branch in a picture that was seen before: they still do. */
function keptBranches(
  previous: LayoutInput['previous'],
  vertices: readonly Vertex[],
): Branches | undefined {
  return previous !== undefined && isSamePicture(previous, vertices)
    ? previous.branches
    : undefined;
}

/** Whether a piece stays in the lane of what it joins. */
function inLane(sheet: Sheet, { lanes }: Narrowed, piece: number): boolean {
  const { uppers, lowers } = sheet.pieces;
  const upper = lanes[blockOf(sheet, uppers[piece] ?? 0)];
  return upper !== undefined && upper === lanes[blockOf(sheet, lowers[piece] ?? 0)];
}

/** A straight line that was bent before stays bent: its ends keep their places. */
function stood({ pieces }: Sheet, old: Float64Array, piece: number): boolean {
  const upper = (old[pieces.uppers[piece] ?? 0] ?? 0) + (pieces.outs[piece] ?? 0);
  const lower = (old[pieces.lowers[piece] ?? 0] ?? 0) + (pieces.ins[piece] ?? 0);
  const bend = upper - lower;
  return Number.isNaN(bend) || Math.abs(bend) < 1;
}

/** The edges between two different known nodes, each from the earlier to the later one. */
function linksOf(input: LayoutInput): Link[] {
  const index = new Map<NodeId, number>(input.nodes.map(({ id }, at) => [id, at]));
  const links: Link[] = [];
  for (const { id, from, to, kind } of input.edges) {
    const [a, b] = [index.get(from), index.get(to)];
    if (a === undefined || b === undefined || a === b) continue;
    links.push({ id, from: Math.min(a, b), to: Math.max(a, b), kind, reversed: a > b });
  }
  return links;
}
