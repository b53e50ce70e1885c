/**
 * Cuts edges into pieces from row to row. All edges of one kind that leave one node share a single
 * line of bends down to the furthest user, and each user leaves it one row before its own: so the
 * build context, used by every stage, costs one line and not fifty.
 */
import type { EdgeKind } from '../../../proto/model/build-graph';
import { NO_GROUP, NO_NODE } from './model';
import type { Item, Link, Piece, Sheet, Vertex } from './model';

/** How much it counts that a piece is straight: between bends, on a main line, else. */
const STRAIGHT = { bends: 8, main: 6, outerMain: 3, end: 2 } as const;
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
  const items: Item[] = vertices.map(({ group, across }, vertex) => ({
    row: rowOf(vertex),
    vertex,
    group,
    half: across / 2,
  }));
  const pieces: Piece[] = [];
  const up: number[][] = items.map(() => []);
  const down: number[][] = items.map(() => []);
  const add = (item: Item): number => {
    up.push([]);
    down.push([]);
    return items.push(item) - 1;
  };
  const join = (piece: Piece): number => {
    const index = pieces.push(piece) - 1;
    down[piece.upper]?.push(index);
    up[piece.lower]?.push(index);
    return index;
  };

  // The users of each line: same source, same port, all inside the source's group or all outside.
  const nets = new Map<string, number[]>();
  links.forEach(({ from, to, kind }, index) => {
    const group = vertices[from]?.group ?? NO_GROUP;
    const inner = group !== NO_GROUP && group === vertices[to]?.group;
    const key = `${from} ${kind} ${inner ? 1 : 0}`;
    const net = nets.get(key);
    if (net === undefined) nets.set(key, [index]);
    else net.push(index);
  });

  const ways: number[][] = links.map(() => []);
  let net = 0;
  for (const members of nets.values()) {
    const first = links[members[0] ?? 0];
    if (first === undefined) continue;
    const { from, kind } = first;
    const source = rowOf(from);
    const own = vertices[from]?.group ?? NO_GROUP;
    const group = own !== NO_GROUP && own === vertices[first.to]?.group ? own : NO_GROUP;
    const out = port(from, 'out', kind);
    let end = source;
    for (const index of members) end = Math.max(end, rowOf(links[index]?.to ?? 0));
    // The line: the source, then a bend in every row before the last user's.
    const line = [from];
    const trunk: number[] = [];
    for (let row = source + 1; row < end; row += 1) {
      const bend = add({ row, vertex: NO_NODE, group, half: LINE });
      const upper = line.at(-1) ?? from;
      trunk.push(
        join({
          upper,
          lower: bend,
          out: upper === from ? out : 0,
          in: 0,
          net,
          straightness: upper === from ? STRAIGHT.end : STRAIGHT.bends,
        }),
      );
      line.push(bend);
    }
    for (const index of members) {
      const link = links[index];
      if (link === undefined) continue;
      const steps = rowOf(link.to) - source;
      const upper = line[steps - 1] ?? from;
      const inside = group !== NO_GROUP;
      const main = kind === 'input' ? (inside ? STRAIGHT.main : STRAIGHT.outerMain) : 0;
      const last = join({
        upper,
        lower: link.to,
        out: upper === from ? out : 0,
        in: port(link.to, 'in', kind),
        net,
        straightness: upper === from ? main : STRAIGHT.end,
      });
      ways[index] = [...trunk.slice(0, steps - 1), last];
    }
    net += 1;
  }

  const spans = Array.from({ length: groupCount }, () => ({ first: Infinity, last: -1 }));
  vertices.forEach(({ group }, vertex) => {
    const span = spans[group];
    if (span === undefined) return;
    span.first = Math.min(span.first, rowOf(vertex));
    span.last = Math.max(span.last, rowOf(vertex));
  });
  // A group has an item in every row that it spans, so that nothing stands in its way there.
  const present = new Set(items.map(({ row, group }) => group * 1e6 + row));
  spans.forEach(({ first, last }, group) => {
    for (let row = first; row <= last; row += 1) {
      if (!present.has(group * 1e6 + row)) add({ row, vertex: NO_NODE, group, half: 0 });
    }
  });
  let rowCount = 0;
  for (const { row } of items) rowCount = Math.max(rowCount, row + 1);
  return { items, pieces, up, down, ways, rowCount, spans };
}
