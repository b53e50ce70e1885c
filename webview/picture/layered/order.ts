/**
 * The order of the items in every row: a depth-first start that follows the file, then sweeps that
 * put each item at the barycentre or median of its neighbours, keeping the best by crossings.
 *
 * Members of a group stay together in every row, and any two groups stand in the same order in all
 * rows that they share, so that each group can be drawn as one box.
 */
import { arrange } from './arrange';
import { CrossingCounter, placesIn } from './crossings';
import type { Neighbours } from './crossings';
import { NO_GROUP } from './model';
import type { Order, Sheet } from './model';

const SWEEPS = 24;
/** So many sweeps without gain end the search. */
const PATIENCE = 6;
/** Trials of exchanging neighbouring groups, in items × trials. */
const EXCHANGE_BUDGET = 6000;

export type Ordering = { readonly order: Order; readonly crossings: number };

export function orderItems(
  sheet: Sheet,
  groupCount: number,
  neighbours: { readonly up: Neighbours; readonly down: Neighbours },
): Ordering {
  const { rowCount } = sheet;
  const start = depthFirst(sheet);
  const sweeper = new Sweeper(sheet, neighbours);
  let ranks = ranksByPlace(sheet, start, groupCount);
  let best = sweeper.sweep(start, ranks, SWEEPS);
  // Where groups stand as a whole decides more crossings than anything inside a row.
  for (let round = 0; round < 3 && groupCount > 1 && rowCount > 1; round += 1) {
    const next = ranksByNeighbours(sheet, best.order, ranks);
    if (next.every((rank, group) => rank === ranks[group])) break;
    const tried = sweeper.sweep(best.order, next, SWEEPS / 2);
    if (tried.crossings >= best.crossings) break;
    best = tried;
    ranks = next;
  }
  const trials =
    groupCount < 2 ? 0 : Math.min(3 * groupCount, Math.floor(EXCHANGE_BUDGET / sheet.items.length));
  for (let trial = 0; trial < trials && best.crossings > 0; trial += 1) {
    const next = exchanged(ranks, trial % (groupCount - 1));
    const tried = sweeper.sweep(best.order, next, 2);
    if (tried.crossings >= best.crossings) continue;
    best = tried;
    ranks = next;
  }
  return runsBackwards(sheet, best.order, groupCount)
    ? { ...best, order: best.order.map((row) => [...row].reverse()) }
    : best;
}

/** A mirrored order crosses as often; the one in which stages follow the file reads better. */
function runsBackwards(sheet: Sheet, order: Order, groupCount: number): boolean {
  const middle = (groupCount - 1) / 2;
  return (
    ranksByPlace(sheet, order, groupCount).reduce(
      (sum, rank, group) => sum + (rank - middle) * (group - middle),
      0,
    ) < 0
  );
}

/** By item, its group. */
export function groupsOfItems(sheet: Sheet): Int32Array {
  return Int32Array.from(sheet.items, ({ group }) => group);
}

/** Items in the order in which a walk from the results up to their inputs meets them. */
function depthFirst(sheet: Sheet): Order {
  const order: Order = Array.from({ length: sheet.rowCount }, () => []);
  const seen = new Uint8Array(sheet.items.length);
  const visit = (root: number): void => {
    const stack: { item: number; next: number }[] = [{ item: root, next: 0 }];
    seen[root] = 1;
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const piece = sheet.up[top.item]?.[top.next];
      if (piece === undefined) {
        order[sheet.items[top.item]?.row ?? 0]?.push(top.item);
        stack.pop();
        continue;
      }
      top.next += 1;
      const input = sheet.pieces[piece]?.upper ?? 0;
      if (seen[input] === 1) continue;
      seen[input] = 1;
      stack.push({ item: input, next: 0 });
    }
  };
  for (let item = 0; item < sheet.items.length; item += 1) {
    if ((sheet.down[item]?.length ?? 0) === 0 && seen[item] === 0) visit(item);
  }
  return order;
}

/** Groups by the average place of their members. */
function ranksByPlace(sheet: Sheet, order: Order, groupCount: number): number[] {
  const sums = new Float64Array(groupCount);
  const counts = new Float64Array(groupCount);
  for (const row of order) {
    row.forEach((item, index) => {
      const group = sheet.items[item]?.group ?? NO_GROUP;
      if (group === NO_GROUP) return;
      sums[group] = (sums[group] ?? 0) + (index + 0.5) / row.length;
      counts[group] = (counts[group] ?? 0) + 1;
    });
  }
  return ranksFrom(Array.from(sums, (sum, group) => sum / Math.max(1, counts[group] ?? 1)));
}

/** Groups by where their neighbours outside stand. */
function ranksByNeighbours(sheet: Sheet, order: Order, ranks: readonly number[]): number[] {
  const place = placesIn(order, sheet.items.length);
  const sums = new Float64Array(ranks.length);
  const counts = new Float64Array(ranks.length);
  const share = (item: number): number =>
    ((place[item] ?? 0) + 0.5) / Math.max(1, order[sheet.items[item]?.row ?? 0]?.length ?? 1);
  const count = (group: number, neighbour: number): void => {
    if (group === NO_GROUP) return;
    sums[group] = (sums[group] ?? 0) + share(neighbour);
    counts[group] = (counts[group] ?? 0) + 1;
  };
  for (const { upper, lower } of sheet.pieces) {
    const from = sheet.items[upper]?.group ?? NO_GROUP;
    const to = sheet.items[lower]?.group ?? NO_GROUP;
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
export function ranksFrom(values: readonly number[]): number[] {
  const sorted = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const ranks = values.map(() => 0);
  sorted.forEach((group, rank) => {
    ranks[group] = rank;
  });
  return ranks;
}

function exchanged(ranks: readonly number[], rank: number): number[] {
  return ranks.map((each) => (each === rank ? rank + 1 : each === rank + 1 ? rank : each));
}

/** Repeats passes over the rows; what it needs for them is made once. */
class Sweeper {
  private readonly keys: Float64Array;
  private readonly groups: Int32Array;
  private readonly counter: CrossingCounter;
  private readonly ends: number[] = [];

  constructor(
    sheet: Sheet,
    private readonly neighbours: { readonly up: Neighbours; readonly down: Neighbours },
  ) {
    this.keys = new Float64Array(sheet.items.length);
    this.groups = groupsOfItems(sheet);
    this.counter = new CrossingCounter(neighbours.down);
  }

  sweep(start: Order, ranks: readonly number[], most: number): Ordering {
    const items = this.keys.length;
    const first = placesIn(start, items);
    for (let item = 0; item < items; item += 1) this.keys[item] = first[item] ?? 0;
    const order = start.map((row) => arrange(row, this.keys, this.groups, ranks));
    const place = placesIn(order, items);
    let best: Ordering = { order: [...order], crossings: this.counter.count(order, place) };
    let without = 0;
    for (let round = 0; round < most && best.crossings > 0 && without < PATIENCE; round += 1) {
      const downwards = round % 2 === 0;
      for (let step = 1; step < order.length; step += 1) {
        const at = downwards ? step : order.length - 1 - step;
        const fixed = order[downwards ? at - 1 : at + 1]?.length ?? 1;
        const arranged = this.pass(order[at] ?? [], fixed, place, downwards, round % 4 >= 2, ranks);
        order[at] = arranged;
        for (let index = 0; index < arranged.length; index += 1)
          place[arranged[index] ?? 0] = index;
      }
      const count = this.counter.count(order, place);
      if (count < best.crossings) {
        best = { order: [...order], crossings: count };
        without = 0;
      } else without += 1;
    }
    return best;
  }

  private pass(
    row: readonly number[],
    fixed: number,
    place: Int32Array,
    downwards: boolean,
    median: boolean,
    ranks: readonly number[],
  ): number[] {
    const side = downwards ? this.neighbours.up : this.neighbours.down;
    for (let index = 0; index < row.length; index += 1) {
      const item = row[index] ?? 0;
      const key = this.middleOf(side, place, item, median);
      // An item without neighbours keeps its share of the row.
      this.keys[item] = key < 0 ? ((index + 0.5) / row.length) * fixed : key;
    }
    return arrange(row, this.keys, this.groups, ranks);
  }

  /** The mean or median place of an item's neighbours; negative without any. */
  private middleOf(
    { starts, ends }: Neighbours,
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
    const sorted = this.ends;
    sorted.length = 0;
    for (let at = first; at < last; at += 1) sorted.push(place[ends[at] ?? 0] ?? 0);
    sorted.sort((a, b) => a - b);
    const half = count >> 1;
    const right = sorted[half] ?? 0;
    return count % 2 === 1 ? right : ((sorted[half - 1] ?? 0) + right) / 2;
  }
}
