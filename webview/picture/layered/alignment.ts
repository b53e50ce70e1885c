/**
 * Which pieces become straight lines. Between any two rows the heaviest set of pieces that do not
 * cross each other is chosen (a weighted longest increasing subsequence: exact, in O(n log n));
 * what they join is a column and moves as one. Because no two of them cross, the columns of the
 * whole picture can be put side by side without a circle.
 */
import type { Sheet } from './model';
import { isItem, sideNumber } from './slots';
import type { Slots } from './slots';

export type Columns = {
  /** By item: its column, and where its middle stands from the column's. */
  readonly column: Int32Array;
  readonly shift: Float64Array;
  readonly count: number;
};

/** @param allowed says whether a piece may be straight, besides its own wish */
export function columnsOf(
  sheet: Sheet,
  { starts, slots }: Slots,
  allowed: (piece: number) => boolean,
): Columns {
  const { items, pieces } = sheet;
  const column = new Int32Array(items.count).fill(-1);
  const shift = new Float64Array(items.count);
  const straight = new StraightPieces(sheet, { starts, slots }, allowed);
  let count = 0;
  for (let row = 0; row < sheet.rowCount; row += 1) {
    if (row > 0) {
      straight.above(row, (piece) => {
        const upper = pieces.uppers[piece] ?? 0;
        const lower = pieces.lowers[piece] ?? 0;
        column[lower] = column[upper] ?? -1;
        shift[lower] = (shift[upper] ?? 0) + (pieces.outs[piece] ?? 0) - (pieces.ins[piece] ?? 0);
      });
    }
    for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1) {
      const slot = slots[at] ?? 0;
      if (!isItem(slot) || (column[slot] ?? -1) >= 0) continue;
      column[slot] = count;
      count += 1;
    }
  }
  return { column, shift, count };
}

/** Chooses the straight pieces between a row and the one above; its lists serve all rows. */
class StraightPieces {
  /** By item: its place in its row, and how many sides of groups in both rows stand before it. */
  private readonly places: Int32Array;
  private readonly fences: Int32Array;
  /** By side: the last row in which it was seen, and the one before that. */
  private readonly seen: Int32Array;
  /** The pieces that could be straight, from left to right in the upper row. */
  private readonly candidates: number[] = [];
  private readonly previous: number[] = [];
  /** A Fenwick tree: the best sum of a chain that ends at or before each place below, and its end. */
  private sums = new Float64Array(64);
  private lasts = new Int32Array(64);

  constructor(
    private readonly sheet: Sheet,
    private readonly slots: Slots,
    private readonly allowed: (piece: number) => boolean,
  ) {
    this.places = new Int32Array(sheet.items.count);
    this.fences = new Int32Array(sheet.items.count);
    this.seen = new Int32Array(2 * sheet.spans.length);
  }

  /** Calls `chosen` with every piece above `row` that is to be straight. */
  above(row: number, chosen: (piece: number) => void): void {
    const { candidates, previous, places } = this;
    const { pieces } = this.sheet;
    this.collect(row);
    const size = (this.slots.starts[row + 1] ?? 0) - (this.slots.starts[row] ?? 0);
    if (this.sums.length <= size) {
      this.sums = new Float64Array(2 * size + 2);
      this.lasts = new Int32Array(2 * size + 2);
    }
    const { sums, lasts } = this;
    sums.fill(0, 0, size + 1);
    lasts.fill(-1, 0, size + 1);
    previous.length = 0;
    let best = -1;
    let most = 0;
    for (let index = 0; index < candidates.length; index += 1) {
      const piece = candidates[index] ?? 0;
      const place = places[pieces.lowers[piece] ?? 0] ?? 0;
      let sum = 0;
      let last = -1;
      for (let at = place; at > 0; at -= at & -at) {
        if ((sums[at] ?? 0) <= sum) continue;
        sum = sums[at] ?? 0;
        last = lasts[at] ?? -1;
      }
      sum += pieces.straightness[piece] ?? 0;
      previous.push(last);
      for (let at = place + 1; at <= size; at += at & -at) {
        if ((sums[at] ?? 0) >= sum) continue;
        sums[at] = sum;
        lasts[at] = index;
      }
      if (sum > most) {
        most = sum;
        best = index;
      }
    }
    for (let at = best; at >= 0; at = previous[at] ?? -1) chosen(candidates[at] ?? 0);
  }

  private collect(row: number): void {
    const { candidates, places, fences } = this;
    const { pieces, down } = this.sheet;
    const { starts, slots } = this.slots;
    this.mark(row - 1, row);
    candidates.length = 0;
    for (let at = starts[row - 1] ?? 0; at < (starts[row] ?? 0); at += 1) {
      const upper = slots[at] ?? 0;
      if (!isItem(upper)) continue;
      const first = candidates.length;
      for (let index = down.starts[upper] ?? 0; index < (down.starts[upper + 1] ?? 0); index += 1) {
        const piece = down.pieces[index] ?? 0;
        if (pieces.straightness[piece] === 0 || !this.allowed(piece)) continue;
        // A straight piece never goes through the side of a group that stands in both rows.
        if (fences[upper] !== fences[pieces.lowers[piece] ?? 0]) continue;
        // From right to left: of one item's pieces only one can be straight.
        const place = places[pieces.lowers[piece] ?? 0] ?? 0;
        let to = candidates.length;
        candidates.push(piece);
        for (; to > first; to -= 1) {
          const before = candidates[to - 1] ?? 0;
          if ((places[pieces.lowers[before] ?? 0] ?? 0) >= place) break;
          candidates[to] = before;
        }
        candidates[to] = piece;
      }
    }
  }

  /** Numbers the items of two rows that follow each other. */
  private mark(upper: number, lower: number): void {
    const { starts, slots } = this.slots;
    const { seen, places, fences } = this;
    // A side is marked by the pair of rows in which it was met: first above, then in both.
    const above = 2 * lower;
    const both = above + 1;
    for (let at = starts[upper] ?? 0; at < (starts[upper + 1] ?? 0); at += 1)
      if (!isItem(slots[at] ?? 0)) seen[sideNumber(slots[at] ?? 0)] = above;
    for (let at = starts[lower] ?? 0; at < (starts[lower + 1] ?? 0); at += 1) {
      const side = sideNumber(slots[at] ?? 0);
      if (!isItem(slots[at] ?? 0) && seen[side] === above) seen[side] = both;
    }
    for (const row of [upper, lower]) {
      const from = starts[row] ?? 0;
      let count = 0;
      for (let at = from; at < (starts[row + 1] ?? 0); at += 1) {
        const slot = slots[at] ?? 0;
        if (isItem(slot)) {
          places[slot] = at - from;
          fences[slot] = count;
        } else if (seen[sideNumber(slot)] === both) count += 1;
      }
    }
  }
}
