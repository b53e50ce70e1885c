/**
 * Cuts edges into pieces from row to row. All edges of one kind that leave one node share a single
 * line of bends down to the furthest user, and each user leaves it one row before its own: so the
 * build context, used by every stage, costs one line and not fifty.
 */
import type { EdgeKind } from '../../../proto/model/build-graph';
import { NO_GROUP } from './model';
import type { Ends, Items, Link, Pieces, Sheet, Vertex } from './model';

/**
 * How much it counts that a piece is straight: between bends, on a main line, from middle to
 * middle, at the end of a long line. What meets a card beside its middle need not be.
 */
const STRAIGHT = { bends: 8, main: 6, outerMain: 3, middle: 2.5, end: 2, side: 0 } as const;
/** Half the room that a passing line takes. */
const LINE = 6;

/** From the middle of a vertex, where an edge of a kind leaves or enters it. */
export type PortOffset = (vertex: number, side: 'in' | 'out', kind: EdgeKind) => number;

export function sheetOf(
  vertices: readonly Vertex[],
  links: readonly Link[],
  rows: Int32Array,
  groupCount: number,
  port: PortOffset,
): Sheet {
  const nets = netsOf(vertices, links, rows);
  const spans = spansOf(vertices, rows, groupCount);
  const empty = emptyCells(vertices, nets, rows, spans);
  let bends = 0;
  for (const { row, last } of nets) bends += last - row - 1;
  const cutter = new Cutter(vertices, rows, bends + empty.length, bends + links.length);
  const lasts = new Int32Array(links.length);
  nets.forEach((net, number) => {
    const out = port(net.from, 'out', net.kind);
    const bend = cutter.line(net, number, out);
    for (const index of net.members) {
      const to = links[index]?.to ?? 0;
      const past = (rows[to] ?? 0) - net.row - 1;
      const into = port(to, 'in', net.kind);
      lasts[index] =
        past === 0
          ? cutter.piece(net.from, to, out, into, number, straightness(net, out, into))
          : cutter.piece(bend + past - 1, to, 0, into, number, STRAIGHT.end);
    }
  });
  // A group has an item in every row that it spans, so that nothing stands in its way there.
  for (const { group, row } of empty) cutter.item(row, group, 0);
  const { items, pieces } = cutter;
  let rowCount = 0;
  for (const row of items.rows) if (row >= rowCount) rowCount = row + 1;
  return {
    items,
    pieces,
    up: endsOf(items.count, pieces.lowers, pieces.uppers),
    down: endsOf(items.count, pieces.uppers, pieces.lowers),
    lasts,
    rowCount,
    spans,
  };
}

const KINDS: readonly EdgeKind[] = ['input', 'copy', 'mount'];

/** Links that share a line: same source, same port, all inside the source's group or all outside. */
type Net = {
  readonly from: number;
  readonly kind: EdgeKind;
  /** The group that it does not leave, or {@link NO_GROUP}. */
  readonly group: number;
  /** The rows of its source and of its furthest user. */
  readonly row: number;
  last: number;
  /** The numbers of its links. */
  readonly members: number[];
};

/** How much it counts that a link which passes no row is straight. */
function straightness({ kind, group }: Net, out: number, into: number): number {
  if (kind === 'input') return group === NO_GROUP ? STRAIGHT.outerMain : STRAIGHT.main;
  return out === 0 && into === 0 ? STRAIGHT.middle : STRAIGHT.side;
}

/** In the order of their first links. */
function netsOf(
  vertices: readonly Vertex[],
  links: readonly Link[],
  rows: Int32Array,
): readonly Net[] {
  const nets = new Map<number, Net>();
  links.forEach(({ from, to, kind }, index) => {
    const own = vertices[from]?.group ?? NO_GROUP;
    const group = own === vertices[to]?.group ? own : NO_GROUP;
    const key = (from * KINDS.length + KINDS.indexOf(kind)) * 2 + (group === NO_GROUP ? 0 : 1);
    const last = rows[to] ?? 0;
    const net = nets.get(key);
    if (net === undefined)
      nets.set(key, { from, kind, group, row: rows[from] ?? 0, last, members: [index] });
    else {
      net.members.push(index);
      net.last = Math.max(net.last, last);
    }
  });
  return [...nets.values()];
}

/** By group: its first and its last row. */
function spansOf(
  vertices: readonly Vertex[],
  rows: Int32Array,
  groupCount: number,
): Sheet['spans'] {
  const spans = Array.from({ length: groupCount }, () => ({ first: Infinity, last: -1 }));
  vertices.forEach(({ group }, vertex) => {
    const span = spans[group];
    if (span === undefined) return;
    span.first = Math.min(span.first, rows[vertex] ?? 0);
    span.last = Math.max(span.last, rows[vertex] ?? 0);
  });
  return spans;
}

/** Rows that groups span without anything of them standing there. */
function emptyCells(
  vertices: readonly Vertex[],
  nets: readonly Net[],
  rows: Int32Array,
  spans: Sheet['spans'],
): readonly { readonly group: number; readonly row: number }[] {
  const taken = spans.map(({ first, last }) => new Uint8Array(Math.max(0, last - first + 1)));
  const take = (group: number, row: number, end = row + 1): void => {
    const first = spans[group]?.first ?? 0;
    taken[group]?.fill(1, row - first, end - first);
  };
  vertices.forEach(({ group }, vertex) => take(group, rows[vertex] ?? 0));
  for (const { group, row, last } of nets) if (last > row + 1) take(group, row + 1, last);
  return taken.flatMap((cells, group) => {
    const empty: { group: number; row: number }[] = [];
    for (let at = cells.indexOf(0); at >= 0; at = cells.indexOf(0, at + 1))
      empty.push({ group, row: (spans[group]?.first ?? 0) + at });
    return empty;
  });
}

/**
 * Writes items and pieces into lists whose lengths are known beforehand: lists that grow cost V8
 * several times as much, above all to compile.
 */
class Cutter {
  readonly items: Items;
  readonly pieces: Pieces;
  private placed = 0;
  private cut = 0;

  /**
   * @param more items besides the vertices
   * @param pieces how many there will be
   */
  constructor(vertices: readonly Vertex[], rows: Int32Array, more: number, pieces: number) {
    const count = vertices.length + more;
    this.items = {
      count,
      vertices: vertices.length,
      rows: new Int32Array(count),
      groups: new Int32Array(count),
      halves: new Float64Array(count),
    };
    this.pieces = {
      count: pieces,
      uppers: new Int32Array(pieces),
      lowers: new Int32Array(pieces),
      outs: new Float64Array(pieces),
      ins: new Float64Array(pieces),
      nets: new Int32Array(pieces),
      straightness: new Float64Array(pieces),
    };
    vertices.forEach(({ group, across }, vertex) =>
      this.item(rows[vertex] ?? 0, group, across / 2),
    );
  }

  item(row: number, group: number, half: number): number {
    const { items, placed } = this;
    items.rows[placed] = row;
    items.groups[placed] = group;
    items.halves[placed] = half;
    this.placed = placed + 1;
    return placed;
  }

  piece(
    upper: number,
    lower: number,
    out: number,
    into: number,
    net: number,
    weight: number,
  ): number {
    const { pieces, cut } = this;
    pieces.uppers[cut] = upper;
    pieces.lowers[cut] = lower;
    pieces.outs[cut] = out;
    pieces.ins[cut] = into;
    pieces.nets[cut] = net;
    pieces.straightness[cut] = weight;
    this.cut = cut + 1;
    return cut;
  }

  /** The line of a net: a bend in every row before the last user's. @returns the first of them */
  line({ from, group, row, last }: Net, net: number, out: number): number {
    const first = this.placed;
    for (let at = row + 1; at < last; at += 1) {
      const bend = this.item(at, group, LINE);
      if (bend === first) this.piece(from, bend, out, 0, net, STRAIGHT.end);
      else this.piece(bend - 1, bend, 0, 0, net, STRAIGHT.bends);
    }
    return first;
  }
}

/** Pieces by the item at one end, in their order. */
function endsOf(items: number, near: Int32Array, far: Int32Array): Ends {
  const starts = new Int32Array(items + 1);
  for (const item of near) starts[item + 1] = (starts[item + 1] ?? 0) + 1;
  for (let item = 0; item < items; item += 1)
    starts[item + 1] = (starts[item + 1] ?? 0) + (starts[item] ?? 0);
  const pieces = new Int32Array(near.length);
  const ends = new Int32Array(near.length);
  const filled = Int32Array.from(starts);
  for (let piece = 0; piece < near.length; piece += 1) {
    const item = near[piece] ?? 0;
    const at = filled[item] ?? 0;
    filled[item] = at + 1;
    pieces[at] = piece;
    ends[at] = far[piece] ?? 0;
  }
  return { starts, pieces, ends };
}
