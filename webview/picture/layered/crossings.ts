/** Counts how often the pieces between neighbouring rows cross, in O(n log n). */
import type { FlatOrder } from './arrange';
import type { Ends } from './model';

/** By item, its index in its row. */
export function placesIn(order: FlatOrder, rowStarts: Int32Array): Int32Array {
  const place = new Int32Array(order.length);
  for (let row = 0; row + 1 < rowStarts.length; row += 1) writePlaces(order, rowStarts, row, place);
  return place;
}

/** Writes the index in its row of every item of one row. */
export function writePlaces(
  order: FlatOrder,
  rowStarts: Int32Array,
  row: number,
  place: Int32Array,
): void {
  const from = rowStarts[row] ?? 0;
  const to = rowStarts[row + 1] ?? 0;
  for (let at = from; at < to; at += 1) place[order[at] ?? 0] = at - from;
}

/** Between rows with no more pieces than this, looking at each pair is faster than a tree. */
const FEW = 40;

/** Counts crossings again and again without making anything new. */
export class CrossingCounter {
  private tree = new Int32Array(64);
  private readonly placed = new Int32Array(FEW);

  constructor(
    private readonly down: Ends,
    private readonly rowStarts: Int32Array,
  ) {}

  /** The crossings of a whole ordering. @param enough more than so many need not be told apart */
  count(order: FlatOrder, place: Int32Array, enough = Infinity): number {
    let sum = 0;
    for (let row = 0; row + 2 < this.rowStarts.length && sum < enough; row += 1)
      sum += this.between(order, row, place);
    return sum;
  }

  /** The crossings between a row and the next. */
  between(order: FlatOrder, row: number, place: Int32Array): number {
    const few = this.ofFew(order, row, place);
    return few < 0 ? this.ofMany(order, row, place) : few;
  }

  /** By pairs; negative where there are too many. */
  private ofFew(order: FlatOrder, row: number, place: Int32Array): number {
    const { placed } = this;
    const { starts, ends } = this.down;
    const to = this.rowStarts[row + 1] ?? 0;
    let count = 0;
    let sum = 0;
    for (let index = this.rowStarts[row] ?? 0; index < to; index += 1) {
      const item = order[index] ?? 0;
      const last = starts[item + 1] ?? 0;
      // Pieces of one item do not cross each other.
      const others = count;
      for (let at = starts[item] ?? 0; at < last; at += 1) {
        if (count === FEW) return -1;
        const end = place[ends[at] ?? 0] ?? 0;
        for (let other = 0; other < others; other += 1) if ((placed[other] ?? 0) > end) sum += 1;
        placed[count] = end;
        count += 1;
      }
    }
    return sum;
  }

  /** With a Fenwick tree over the places of the next row. */
  private ofMany(order: FlatOrder, row: number, place: Int32Array): number {
    const { starts, ends } = this.down;
    const from = this.rowStarts[row] ?? 0;
    const to = this.rowStarts[row + 1] ?? 0;
    const size = (this.rowStarts[row + 2] ?? 0) - to;
    if (this.tree.length <= size) this.tree = new Int32Array(2 * size + 2);
    else this.tree.fill(0, 0, size + 1);
    const { tree } = this;
    let placed = 0;
    let highest = -1;
    let sum = 0;
    for (let index = from; index < to; index += 1) {
      const item = order[index] ?? 0;
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
