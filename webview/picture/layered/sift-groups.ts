/**
 * Finds better places for groups as a whole: each is taken past its neighbours one by one, to either
 * side, and left where the fewest lines cross. Sweeps alone never get there, because halfway to a
 * better place is often worse.
 *
 * Two groups that stand in no common row pass each other for nothing; else only the rows that both
 * stand in are counted anew. The work is bounded, so that large pictures stay quick.
 */
import type { FlatOrder } from './arrange';
import { writePlaces } from './crossings';
import type { CrossingCounter } from './crossings';
import { NO_GROUP } from './model';
import type { Sheet } from './model';

/** Items that may be counted in all. */
const BUDGET = 900_000;
/** A group is not taken past more than so many that stand beside it. */
const FURTHEST = 14;

export class GroupSifter {
  private readonly crossings: Int32Array;
  private work = 0;
  private readonly scratch: Int32Array;

  /**
   * @param order is changed to the better one
   * @param place by item, its place in its row; kept in line with `order`
   */
  constructor(
    private readonly sheet: Sheet,
    private readonly starts: Int32Array,
    private readonly counter: CrossingCounter,
    private readonly order: FlatOrder,
    private readonly place: Int32Array,
  ) {
    const { rowCount } = sheet;
    this.crossings = new Int32Array(Math.max(0, rowCount - 1));
    for (let row = 0; row + 1 < rowCount; row += 1)
      this.crossings[row] = counter.between(order, row, place);
    this.scratch = new Int32Array(order.length);
  }

  /** @returns the ranks that the groups have then, and whether any changed */
  sift(ranks: Float64Array): { readonly ranks: Float64Array; readonly better: boolean } {
    const groups = ranks.length;
    const queue = Array.from({ length: groups }, () => 0);
    ranks.forEach((rank, group) => (queue[rank] = group));
    let better = false;
    for (let group = 0; group < groups && this.work < BUDGET; group += 1)
      if (this.settle(queue, group)) better = true;
    const next = new Float64Array(groups);
    queue.forEach((group, rank) => (next[group] = rank));
    return { ranks: next, better };
  }

  /** Takes a group to its best place. */
  private settle(queue: number[], group: number): boolean {
    const home = queue.indexOf(group);
    let at = home;
    let sum = 0;
    let best = 0;
    let bestAt = home;
    for (const step of [1, -1]) {
      for (let past = 0; past < FURTHEST;) {
        const to = at + step;
        const other = queue[to];
        if (other === undefined) break;
        if (this.meet(group, other)) past += 1;
        sum += step > 0 ? this.exchange(group, other) : this.exchange(other, group);
        queue[to] = group;
        queue[at] = other;
        at = to;
        if (sum < best) {
          best = sum;
          bestAt = at;
        }
      }
      // Back home, or to the best place at the end.
      const target = step > 0 ? home : bestAt;
      while (at !== target) {
        const towards = Math.sign(target - at);
        const other = queue[at + towards] ?? group;
        sum += towards > 0 ? this.exchange(group, other) : this.exchange(other, group);
        queue[at + towards] = group;
        queue[at] = other;
        at += towards;
      }
    }
    return best < 0;
  }

  private meet(a: number, b: number): boolean {
    const [one, other] = [this.sheet.spans[a], this.sheet.spans[b]];
    return (
      one !== undefined && other !== undefined && one.first <= other.last && other.first <= one.last
    );
  }

  /** Lets two neighbouring groups change places. @returns how many more lines cross */
  private exchange(left: number, right: number): number {
    const [one, other] = [this.sheet.spans[left], this.sheet.spans[right]];
    if (one === undefined || other === undefined) return 0;
    const first = Math.max(one.first, other.first);
    const last = Math.min(one.last, other.last);
    if (first > last) return 0;
    for (let row = first; row <= last; row += 1) this.swapIn(row, left, right);
    let more = 0;
    const to = Math.min(last, this.crossings.length - 1);
    for (let row = Math.max(0, first - 1); row <= to; row += 1) {
      const count = this.counter.between(this.order, row, this.place);
      more += count - (this.crossings[row] ?? 0);
      this.crossings[row] = count;
      this.work += (this.starts[row + 1] ?? 0) - (this.starts[row] ?? 0);
    }
    return more;
  }

  /** In one row, the right group's items come to stand before the left one's. */
  private swapIn(row: number, left: number, right: number): void {
    const { order, scratch } = this;
    const { groups } = this.sheet.items;
    const from = this.starts[row] ?? 0;
    const to = this.starts[row + 1] ?? 0;
    const edges = { a: -1, b: -1, c: -1, d: -1 };
    for (let at = from; at < to; at += 1) {
      const group = groups[order[at] ?? 0] ?? NO_GROUP;
      if (group === left) {
        if (edges.a < 0) edges.a = at;
        edges.b = at + 1;
      } else if (group === right) {
        if (edges.c < 0) edges.c = at;
        edges.d = at + 1;
      }
    }
    const { a, b, c, d } = edges;
    if (a < 0 || c < 0 || b > c) return;
    scratch.set(order.subarray(a, d));
    const size = d - a;
    order.set(scratch.subarray(c - a, size), a);
    order.set(scratch.subarray(b - a, c - a), a + (d - c));
    order.set(scratch.subarray(0, b - a), a + (d - c) + (c - b));
    writePlaces(order, this.starts, row, this.place);
  }
}
