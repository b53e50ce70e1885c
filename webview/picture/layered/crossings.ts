/** Counts how often the pieces between neighbouring rows cross, in O(n log n). */
import type { Order, Sheet } from './model';

/** Neighbours of items in one direction: those of item `i` are `ends[starts[i]]` to before `ends[starts[i + 1]]`. */
export type Neighbours = { readonly starts: Int32Array; readonly ends: Int32Array };

/** The items above (or below) each item, as flat numbers: the sweeps read them millions of times. */
export function neighboursOf(sheet: Sheet, side: 'up' | 'down'): Neighbours {
  const starts = new Int32Array(sheet.items.length + 1);
  const ends = new Int32Array(sheet.pieces.length);
  let at = 0;
  sheet[side].forEach((pieces, item) => {
    starts[item] = at;
    for (const index of pieces) {
      const piece = sheet.pieces[index];
      ends[at] = (side === 'up' ? piece?.upper : piece?.lower) ?? 0;
      at += 1;
    }
  });
  starts[sheet.items.length] = at;
  return { starts, ends };
}

/** By item, its index in its row. */
export function placesIn(order: Order, items: number): Int32Array {
  const place = new Int32Array(items);
  for (const row of order)
    for (let index = 0; index < row.length; index += 1) place[row[index] ?? 0] = index;
  return place;
}

/** Counts crossings again and again without making anything new. */
export class CrossingCounter {
  private tree = new Int32Array(64);

  constructor(private readonly down: Neighbours) {}

  /** The crossings of a whole ordering. */
  count(order: Order, place: Int32Array): number {
    let sum = 0;
    for (let row = 0; row + 1 < order.length; row += 1) {
      sum += this.below(order[row] ?? [], order[row + 1]?.length ?? 0, place);
    }
    return sum;
  }

  /** The crossings between a row and the next, with a Fenwick tree over the places of the next. */
  private below(upper: readonly number[], size: number, place: Int32Array): number {
    const { starts, ends } = this.down;
    if (this.tree.length <= size) this.tree = new Int32Array(2 * size + 2);
    else this.tree.fill(0, 0, size + 1);
    const { tree } = this;
    let placed = 0;
    let highest = -1;
    let sum = 0;
    for (const item of upper) {
      const first = starts[item] ?? 0;
      const last = starts[item + 1] ?? 0;
      // Pieces of one item do not cross each other: count all of them first, then add them.
      for (let at = first; at < last; at += 1) {
        const end = place[ends[at] ?? 0] ?? 0;
        if (end >= highest) continue;
        let before = 0;
        for (let node = end + 1; node > 0; node -= node & -node) before += tree[node] ?? 0;
        sum += placed - before;
      }
      for (let at = first; at < last; at += 1) {
        const end = place[ends[at] ?? 0] ?? 0;
        if (end > highest) highest = end;
        for (let node = end + 1; node <= size; node += node & -node)
          tree[node] = (tree[node] ?? 0) + 1;
        placed += 1;
      }
    }
    return sum;
  }
}

/** The crossings of an ordering. */
export function crossings(sheet: Sheet, order: Order): number {
  const place = placesIn(order, sheet.items.length);
  return new CrossingCounter(neighboursOf(sheet, 'down')).count(order, place);
}
