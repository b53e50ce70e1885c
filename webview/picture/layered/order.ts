/**
 * The order of the items in every row: a depth-first start that follows the file, then sweeps that
 * put each item at the barycentre or median of its neighbours, keeping the best by crossings.
 *
 * Members of a group stand together in every row, and any two groups stand in the same order in all
 * rows that they share, so that each group can be drawn as one box.
 */
import type { Arranger, FlatOrder } from './arrange';
import { CrossingCounter, placesIn, writePlaces } from './crossings';
import { NO_GROUP } from './model';
import { GroupSifter } from './sift-groups';
import type { Ends, Sheet } from './model';

const SWEEPS = 8;
/** So many sweeps without gain end the search. */
const PATIENCE = 3;
/** In larger pictures, trying places for groups one by one takes longer than it is worth. */
const MOST_SIFTED = 1500;
/** After each sifting the rows are swept anew. */
const SIFTINGS = 3;

export type Ordering = { readonly order: FlatOrder; readonly crossings: number };

export function orderItems(sheet: Sheet, groupCount: number, arranger: Arranger): Ordering {
  const start = depthFirst(sheet, arranger.starts);
  const sweeper = new Sweeper(arranger, sheet);
  let ranks = ranksByPlace(start, arranger, groupCount);
  let best = sweeper.sweep(start, ranks, SWEEPS);
  // Where groups stand as a whole decides more crossings than anything inside a row.
  for (let round = 0; round < 3 && groupCount > 1 && sheet.rowCount > 1; round += 1) {
    const next = ranksByNeighbours(sheet, best.order, ranks, arranger);
    if (next.every((rank, group) => rank === ranks[group])) break;
    const tried = sweeper.sweep(best.order, next, SWEEPS / 2);
    if (tried.crossings >= best.crossings) break;
    best = tried;
    ranks = next;
  }
  if (sheet.items.count <= MOST_SIFTED) {
    let from = best.order;
    for (let round = 0; round < SIFTINGS && groupCount > 1 && best.crossings > 0; round += 1) {
      const sifted = sweeper.sift(from, ranks);
      if (!sifted.better) break;
      const tried = sweeper.sweep(sifted.order, sifted.ranks, SWEEPS / 2);
      ranks = sifted.ranks;
      from = tried.order;
      if (tried.crossings < best.crossings) best = tried;
    }
  }
  if (!runsBackwards(best.order, arranger, groupCount)) return best;
  const order = Int32Array.from(best.order);
  for (let row = 0; row < sheet.rowCount; row += 1)
    order.subarray(arranger.starts[row], arranger.starts[row + 1]).reverse();
  return { ...best, order };
}

/** A mirrored order crosses as often; the one in which stages follow the file reads better. */
function runsBackwards(order: FlatOrder, arranger: Arranger, groupCount: number): boolean {
  const middle = (groupCount - 1) / 2;
  return (
    ranksByPlace(order, arranger, groupCount).reduce(
      (sum, rank, group) => sum + (rank - middle) * (group - middle),
      0,
    ) < 0
  );
}

/** Items in the order in which a walk from the results up to their inputs meets them. */
function depthFirst({ items, up, down }: Sheet, rowStarts: Int32Array): FlatOrder {
  const { count } = items;
  const order = new Int32Array(count);
  const filled = Int32Array.from(rowStarts);
  const seen = new Uint8Array(count);
  const next = Int32Array.from(up.starts);
  const stack = new Int32Array(count);
  for (let root = 0; root < count; root += 1) {
    if (down.starts[root] !== down.starts[root + 1] || seen[root] === 1) continue;
    seen[root] = 1;
    stack[0] = root;
    for (let height = 1; height > 0;) {
      const item = stack[height - 1] ?? 0;
      const at = next[item] ?? 0;
      if (at === up.starts[item + 1]) {
        const row = items.rows[item] ?? 0;
        const place = filled[row] ?? 0;
        order[place] = item;
        filled[row] = place + 1;
        height -= 1;
        continue;
      }
      next[item] = at + 1;
      const input = up.ends[at] ?? 0;
      if (seen[input] === 1) continue;
      seen[input] = 1;
      stack[height] = input;
      height += 1;
    }
  }
  return order;
}

/** Groups by the average place of their members. */
function ranksByPlace(order: FlatOrder, arranger: Arranger, groupCount: number): Float64Array {
  const { starts, groups } = arranger;
  const sums = new Float64Array(groupCount);
  const counts = new Float64Array(groupCount);
  for (let row = 0; row + 1 < starts.length; row += 1) {
    const from = starts[row] ?? 0;
    const to = starts[row + 1] ?? 0;
    for (let at = from; at < to; at += 1) {
      const group = groups[order[at] ?? 0] ?? NO_GROUP;
      if (group === NO_GROUP) continue;
      sums[group] = (sums[group] ?? 0) + (at - from + 0.5) / (to - from);
      counts[group] = (counts[group] ?? 0) + 1;
    }
  }
  return ranksFrom(sums.map((sum, group) => sum / Math.max(1, counts[group] ?? 1)));
}

/** Groups by where their neighbours outside stand. */
function ranksByNeighbours(
  { pieces }: Sheet,
  order: FlatOrder,
  ranks: Float64Array,
  { starts, groups }: Arranger,
): Float64Array {
  const share = new Float64Array(order.length);
  for (let row = 0; row + 1 < starts.length; row += 1) {
    const from = starts[row] ?? 0;
    const to = starts[row + 1] ?? 0;
    for (let at = from; at < to; at += 1) share[order[at] ?? 0] = (at - from + 0.5) / (to - from);
  }
  const sums = new Float64Array(ranks.length);
  const counts = new Float64Array(ranks.length);
  const count = (group: number, neighbour: number): void => {
    if (group === NO_GROUP) return;
    sums[group] = (sums[group] ?? 0) + (share[neighbour] ?? 0);
    counts[group] = (counts[group] ?? 0) + 1;
  };
  for (let piece = 0; piece < pieces.count; piece += 1) {
    const upper = pieces.uppers[piece] ?? 0;
    const lower = pieces.lowers[piece] ?? 0;
    const from = groups[upper] ?? NO_GROUP;
    const to = groups[lower] ?? NO_GROUP;
    if (from === to) continue;
    count(from, lower);
    count(to, upper);
  }
  const last = Math.max(1, ranks.length - 1);
  return ranksFrom(
    ranks.map((rank, group) =>
      (counts[group] ?? 0) === 0 ? rank / last : (sums[group] ?? 0) / (counts[group] ?? 1),
    ),
  );
}

/** Places from 0 on in the order of the values; equal ones keep theirs. */
export function ranksFrom(values: Float64Array): Float64Array {
  const sorted = Array.from(values.keys()).sort(
    (a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b,
  );
  const ranks = new Float64Array(values.length);
  sorted.forEach((group, rank) => {
    ranks[group] = rank;
  });
  return ranks;
}

/** Repeats passes over the rows; what it needs for them is made once. */
class Sweeper {
  private readonly keys: Float64Array;
  private readonly counter: CrossingCounter;
  private medians = new Float64Array(64);

  constructor(
    private readonly arranger: Arranger,
    private readonly sheet: Sheet,
  ) {
    this.keys = new Float64Array(arranger.groups.length);
    this.counter = new CrossingCounter(sheet.down, arranger.starts);
  }

  sweep(start: FlatOrder, ranks: Float64Array, most: number): Ordering {
    const { arranger, keys } = this;
    const { starts, rowCount } = arranger;
    const first = placesIn(start, starts);
    for (let item = 0; item < keys.length; item += 1) keys[item] = first[item] ?? 0;
    arranger.rank(ranks);
    const order = Int32Array.from(start);
    for (let row = 0; row < rowCount; row += 1) arranger.arrange(order, row, keys);
    const place = placesIn(order, starts);
    const best = Int32Array.from(order);
    let fewest = this.counter.count(order, place);
    let without = 0;
    for (let round = 0; round < most && fewest > 0 && without < PATIENCE; round += 1) {
      const downwards = round % 2 === 0;
      for (let step = 1; step < rowCount; step += 1) {
        const row = downwards ? step : rowCount - 1 - step;
        this.pass(order, row, place, downwards, round % 4 >= 2);
        writePlaces(order, starts, row, place);
      }
      const count = this.counter.count(order, place, fewest);
      if (count < fewest) {
        best.set(order);
        fewest = count;
        without = 0;
      } else without += 1;
    }
    return { order: best, crossings: fewest };
  }

  /** Tries other places for each group. */
  sift(
    start: FlatOrder,
    ranks: Float64Array,
  ): { readonly order: FlatOrder; readonly ranks: Float64Array; readonly better: boolean } {
    const { starts } = this.arranger;
    const order = Int32Array.from(start);
    const place = placesIn(order, starts);
    const sifter = new GroupSifter(this.sheet, starts, order, place);
    return { order, ...sifter.sift(ranks) };
  }

  /** Puts the items of a row at the middle of their neighbours in the row before it. */
  private pass(
    order: FlatOrder,
    row: number,
    place: Int32Array,
    downwards: boolean,
    median: boolean,
  ): void {
    const { arranger, keys } = this;
    const { starts } = arranger;
    const side = downwards ? this.sheet.up : this.sheet.down;
    const from = starts[row] ?? 0;
    const to = starts[row + 1] ?? 0;
    const other = downwards ? row - 1 : row + 1;
    const fixed = (starts[other + 1] ?? 0) - (starts[other] ?? 0);
    for (let at = from; at < to; at += 1) {
      const item = order[at] ?? 0;
      const key = this.middleOf(side, place, item, median);
      // An item without neighbours keeps its share of the row.
      keys[item] = key < 0 ? ((at - from + 0.5) / (to - from)) * fixed : key;
    }
    arranger.arrange(order, row, keys);
  }

  /** The mean or median place of an item's neighbours; negative without any. */
  private middleOf(
    { starts, ends }: Ends,
    place: Int32Array,
    item: number,
    median: boolean,
  ): number {
    const first = starts[item] ?? 0;
    const last = starts[item + 1] ?? 0;
    const count = last - first;
    if (count === 0) return -1;
    if (count === 1) return place[ends[first] ?? 0] ?? 0;
    if (!median || count === 2) {
      let sum = 0;
      for (let at = first; at < last; at += 1) sum += place[ends[at] ?? 0] ?? 0;
      return sum / count;
    }
    if (this.medians.length < count) this.medians = new Float64Array(2 * count);
    const { medians } = this;
    for (let at = 0; at < count; at += 1) medians[at] = place[ends[first + at] ?? 0] ?? 0;
    medians.subarray(0, count).sort();
    const half = count >> 1;
    const right = medians[half] ?? 0;
    return count % 2 === 1 ? right : ((medians[half - 1] ?? 0) + right) / 2;
  }
}
