/**
 * Cuts edges into pieces from row to row. All edges of one kind that leave one node share a single
 * line of bends down to the furthest user, and each user leaves it one row before its own: so the
 * build context, used by every stage, costs one line and not fifty. Where it branches inside of a
 * stage, the line leads to the first user there, and the branch to the others.
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

export type SheetOptions = {
  /** Whether a link hangs on a branch: all do that share its line and lead to its group. */
  readonly branched?: (link: number) => boolean;
  /** Whether the row below a group is kept free for it. */
  readonly spare?: (group: number) => boolean;
};

export function sheetOf(
  vertices: readonly Vertex[],
  links: readonly Link[],
  rows: Int32Array,
  groupCount: number,
  port: PortOffset,
  { branched = () => false, spare = () => false }: SheetOptions = {},
): Sheet {
  const nets = netsOf(vertices, links, rows, branched);
  const spans = spansOf(vertices, rows, groupCount, spare);
  const empty = emptyCells(vertices, nets, rows, spans);
  let bends = 0;
  for (const { row, last, branches } of nets) {
    bends += last - row - 1;
    for (const branch of branches) bends += branch.last - branch.first;
  }
  const cutter = new Cutter(vertices, rows, bends + empty.length, bends + links.length);
  const lasts = new Int32Array(links.length);
  nets.forEach((net, number) => {
    const out = port(net.from, 'out', net.kind);
    const line = cutter.bends(net.from, out, number, net.group, net.row + 1, net.last);
    /** The bend in a row; undefined in the row of the source. */
    const bendIn = (row: number): number | undefined =>
      row === net.row ? undefined : line + row - net.row - 1;
    const leave = (index: number, bend: number | undefined): void => {
      const to = links[index]?.to ?? 0;
      const into = port(to, 'in', net.kind);
      lasts[index] =
        bend === undefined
          ? cutter.piece(net.from, to, out, into, number, straightness(net, out, into))
          : cutter.piece(bend, to, 0, into, number, STRAIGHT.end);
    };
    const rowOf = (index: number): number => rows[links[index]?.to ?? 0] ?? 0;
    for (const index of net.members) leave(index, bendIn(rowOf(index) - 1));
    for (const { group, first, last, members } of net.branches) {
      const root = bendIn(first - 1);
      const branch =
        root === undefined
          ? cutter.bends(net.from, out, number, group, first, last)
          : cutter.bends(root, 0, number, group, first, last);
      for (const index of members) {
        const row = rowOf(index);
        leave(index, row === first ? root : branch + row - first - 1);
      }
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
    branched: nets.flatMap(({ branches }) => branches.flatMap(({ members }) => members)),
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
  /** The rows of its source and of the last that leaves the line itself. */
  readonly row: number;
  last: number;
  /** The numbers of the links that leave the line itself. */
  readonly members: number[];
  readonly branches: Branch[];
};

/** The links of a net to the rows of one group that its source is not in. */
type Branch = {
  readonly group: number;
  /** The rows of its first and its last user. */
  first: number;
  last: number;
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
  branched: (link: number) => boolean,
): readonly Net[] {
  const nets = new Map<number, Net>();
  const branchOf = branchesOf(vertices, links, branched);
  links.forEach((link, index) => {
    const { from, to, kind } = link;
    const own = vertices[from]?.group ?? NO_GROUP;
    const group = own === vertices[to]?.group ? own : NO_GROUP;
    const key = 2 * lineKey(link) + (group === NO_GROUP ? 0 : 1);
    let net = nets.get(key);
    if (net === undefined) {
      net = { from, kind, group, row: rows[from] ?? 0, last: 0, members: [], branches: [] };
      nets.set(key, net);
    }
    const row = rows[to] ?? 0;
    const branch = branchOf(index);
    if (branch === undefined) {
      net.members.push(index);
      net.last = Math.max(net.last, row);
      return;
    }
    if (branch.members.length === 0) net.branches.push(branch);
    branch.members.push(index);
    branch.first = Math.min(branch.first, row);
    branch.last = Math.max(branch.last, row);
  });
  for (const net of nets.values())
    for (const { first } of net.branches) net.last = Math.max(net.last, first);
  return [...nets.values()];
}

/** A number that links share which leave the same port. */
const lineKey = ({ from, kind }: Link): number => from * KINDS.length + KINDS.indexOf(kind);

/** By link: the branch that it hangs on, still without members. */
function branchesOf(
  vertices: readonly Vertex[],
  links: readonly Link[],
  branched: (link: number) => boolean,
): (link: number) => Branch | undefined {
  const branches = new Map<string, Branch>();
  const keyOf = (link: Link): string => `${lineKey(link)} ${vertices[link.to]?.group}`;
  links.forEach((link, index) => {
    const group = vertices[link.to]?.group ?? NO_GROUP;
    if (group === NO_GROUP || group === vertices[link.from]?.group || !branched(index)) return;
    branches.set(keyOf(link), { group, first: Infinity, last: 0, members: [] });
  });
  // Most pictures have none, and large ones never.
  if (branches.size === 0) return () => undefined;
  return (index) => {
    const link = links[index];
    return link && branches.get(keyOf(link));
  };
}

function spansOf(
  vertices: readonly Vertex[],
  rows: Int32Array,
  groupCount: number,
  spare: (group: number) => boolean,
): Sheet['spans'] {
  const spans = Array.from({ length: groupCount }, () => ({ first: Infinity, last: -1, end: -1 }));
  vertices.forEach(({ group }, vertex) => {
    const span = spans[group];
    if (span === undefined) return;
    span.first = Math.min(span.first, rows[vertex] ?? 0);
    span.end = Math.max(span.end, rows[vertex] ?? 0);
  });
  const bottom = spans.reduce((most, { end }) => Math.max(most, end), 0);
  spans.forEach((span, group) => {
    span.last = span.end >= 0 && span.end < bottom && spare(group) ? span.end + 1 : span.end;
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
  for (const { group, row, last, branches } of nets) {
    if (last > row + 1) take(group, row + 1, last);
    for (const branch of branches) take(branch.group, branch.first, branch.last);
  }
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

  /** A line of bends, one in each row from `first` to before `end`. @returns the first of them */
  bends(from: number, out: number, net: number, group: number, first: number, end: number): number {
    const start = this.placed;
    for (let row = first; row < end; row += 1) {
      const bend = this.item(row, group, LINE);
      if (bend === start) this.piece(from, bend, out, 0, net, STRAIGHT.end);
      else this.piece(bend - 1, bend, 0, 0, net, STRAIGHT.bends);
    }
    return start;
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
