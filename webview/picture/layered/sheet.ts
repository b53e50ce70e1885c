/**
 * Cuts edges into pieces from row to row. All edges of one kind that leave one node share a single
 * line of bends down to the furthest user, and each user leaves it one row before its own: so the
 * build context, used by every stage, costs one line and not fifty.
 */
import type { EdgeKind } from '../../../proto/model/build-graph';
import { NO_GROUP } from './model';
import type { Ends, Link, Pieces, Sheet, Vertex } from './model';

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
  const rowOf = (vertex: number): number => rows[vertex] ?? 0;
  const itemRows = Array.from(rows);
  const groups = vertices.map(({ group }) => group);
  const halves = vertices.map(({ across }) => across / 2);
  const add = (row: number, group: number, half: number): number => {
    groups.push(group);
    halves.push(half);
    return itemRows.push(row) - 1;
  };
  const pieces = new PieceList();
  const lasts = new Int32Array(links.length);
  // The line of a net: by steps from its source, the item there.
  const line: number[] = [];
  netsOf(vertices, links).forEach((members, net) => {
    const first = links[members[0] ?? 0];
    if (first === undefined) return;
    const { from, kind } = first;
    const source = rowOf(from);
    const own = vertices[from]?.group ?? NO_GROUP;
    const group = own !== NO_GROUP && own === vertices[first.to]?.group ? own : NO_GROUP;
    const out = port(from, 'out', kind);
    let end = source;
    for (const index of members) end = Math.max(end, rowOf(links[index]?.to ?? 0));
    // The source, then a bend in every row before the last user's.
    line.length = 0;
    line.push(from);
    for (let row = source + 1; row < end; row += 1) {
      const upper = line.at(-1) ?? from;
      const bend = add(row, group, LINE);
      const weight = upper === from ? STRAIGHT.end : STRAIGHT.bends;
      pieces.add(upper, bend, upper === from ? out : 0, 0, net, weight);
      line.push(bend);
    }
    for (const index of members) {
      const to = links[index]?.to ?? 0;
      const upper = line[rowOf(to) - source - 1] ?? from;
      const into = port(to, 'in', kind);
      const main =
        kind === 'input'
          ? STRAIGHT[group === NO_GROUP ? 'outerMain' : 'main']
          : STRAIGHT[out === 0 && into === 0 ? 'middle' : 'side'];
      lasts[index] =
        upper === from
          ? pieces.add(upper, to, out, into, net, main)
          : pieces.add(upper, to, 0, into, net, STRAIGHT.end);
    }
  });

  const spans = Array.from({ length: groupCount }, () => ({ first: Infinity, last: -1 }));
  vertices.forEach(({ group }, vertex) => {
    const span = spans[group];
    if (span === undefined) return;
    span.first = Math.min(span.first, rowOf(vertex));
    span.last = Math.max(span.last, rowOf(vertex));
  });
  // A group has an item in every row that it spans, so that nothing stands in its way there.
  const present = new Set(groups.map((group, item) => group * 1e6 + (itemRows[item] ?? 0)));
  spans.forEach(({ first, last }, group) => {
    for (let row = first; row <= last; row += 1)
      if (!present.has(group * 1e6 + row)) add(row, group, 0);
  });
  let rowCount = 0;
  for (const row of itemRows) rowCount = Math.max(rowCount, row + 1);
  const made = pieces.done();
  return {
    items: {
      count: itemRows.length,
      vertices: vertices.length,
      rows: Int32Array.from(itemRows),
      groups: Int32Array.from(groups),
      halves: Float64Array.from(halves),
    },
    pieces: made,
    up: endsOf(itemRows.length, made.lowers, made.uppers),
    down: endsOf(itemRows.length, made.uppers, made.lowers),
    lasts,
    rowCount,
    spans,
  };
}

const KINDS: readonly EdgeKind[] = ['input', 'copy', 'mount'];

/**
 * The links that share a line, by their numbers: same source, same port, all inside the source's
 * group or all outside. In the order of their first links.
 */
function netsOf(vertices: readonly Vertex[], links: readonly Link[]): readonly number[][] {
  const nets = new Map<number, number[]>();
  links.forEach(({ from, to, kind }, index) => {
    const group = vertices[from]?.group ?? NO_GROUP;
    const inner = group !== NO_GROUP && group === vertices[to]?.group;
    const key = (from * KINDS.length + KINDS.indexOf(kind)) * 2 + (inner ? 1 : 0);
    const net = nets.get(key);
    if (net === undefined) nets.set(key, [index]);
    else net.push(index);
  });
  return [...nets.values()];
}

/** Grows lists of pieces. */
class PieceList {
  private readonly uppers: number[] = [];
  private readonly lowers: number[] = [];
  private readonly outs: number[] = [];
  private readonly ins: number[] = [];
  private readonly nets: number[] = [];
  private readonly straightness: number[] = [];

  add(
    upper: number,
    lower: number,
    out: number,
    into: number,
    net: number,
    weight: number,
  ): number {
    this.uppers.push(upper);
    this.lowers.push(lower);
    this.outs.push(out);
    this.ins.push(into);
    this.nets.push(net);
    return this.straightness.push(weight) - 1;
  }

  done(): Pieces {
    return {
      count: this.uppers.length,
      uppers: Int32Array.from(this.uppers),
      lowers: Int32Array.from(this.lowers),
      outs: Float64Array.from(this.outs),
      ins: Float64Array.from(this.ins),
      nets: Int32Array.from(this.nets),
      straightness: Float64Array.from(this.straightness),
    };
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
