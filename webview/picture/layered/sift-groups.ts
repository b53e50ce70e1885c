/**
 * Finds better places for groups as a whole: each is taken past its neighbours one by one, to either
 * side, and left where the fewest lines cross. Sweeps alone never get there, because halfway to a
 * better place is often worse.
 *
 * Two groups that stand in no common row pass each other for nothing; else only those lines are
 * looked at that end in what changes places. The work is bounded, so that large pictures stay quick.
 */
import type { FlatOrder } from './arrange';
import { NO_GROUP } from './model';
import type { Ends, Sheet } from './model';

/** Pairs of pieces that may be looked at in all. */
const BUDGET = 3_000_000;
/** A group is not taken past more than so many that stand beside it. */
const FURTHEST = 14;

export class GroupSifter {
  private work = 0;
  private readonly scratch: Int32Array;
  /** By group, where its rows begin in the next two. */
  private readonly cells: Int32Array;
  /** By group and row: the item that stands first there, and how many stand beside it. */
  private readonly firsts: Int32Array;
  private readonly sizes: Int32Array;

  /**
   * @param order is changed to the better one
   * @param place by item, its place in its row; kept in line with `order`
   */
  constructor(
    private readonly sheet: Sheet,
    private readonly starts: Int32Array,
    private readonly order: FlatOrder,
    private readonly place: Int32Array,
  ) {
    this.scratch = new Int32Array(order.length);
    const { spans, items } = sheet;
    this.cells = new Int32Array(spans.length);
    let count = 0;
    spans.forEach(({ first, last }, group) => {
      this.cells[group] = count;
      count += Math.max(0, last - first + 1);
    });
    this.firsts = new Int32Array(count);
    this.sizes = new Int32Array(count);
    // From the end, so that the first item of each is the last one that is written down.
    for (let at = order.length - 1; at >= 0; at -= 1) {
      const item = order[at] ?? 0;
      const group = items.groups[item] ?? NO_GROUP;
      if (group === NO_GROUP) continue;
      const cell = this.cellOf(group, items.rows[item] ?? 0);
      this.firsts[cell] = item;
      this.sizes[cell] = (this.sizes[cell] ?? 0) + 1;
    }
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

  /** Where a group's figures of a row are; the group must reach that row. */
  private cellOf(group: number, row: number): number {
    return (this.cells[group] ?? 0) + row - (this.sheet.spans[group]?.first ?? 0);
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
    let more = 0;
    for (let row = first; row <= last; row += 1) more += this.swapIn(row, left, right);
    return more;
  }

  /**
   * In one row, the right group's items come to stand before the left one's.
   * @returns how many more lines to the rows beside it cross
   */
  private swapIn(row: number, left: number, right: number): number {
    const { order, place, scratch, firsts, sizes } = this;
    const start = this.starts[row] ?? 0;
    const one = this.cellOf(left, row);
    const other = this.cellOf(right, row);
    const size = sizes[one] ?? 0;
    const otherSize = sizes[other] ?? 0;
    // What stands in one row never changes its order inside of a group.
    const a = start + (place[firsts[one] ?? 0] ?? 0);
    const b = a + size;
    const c = start + (place[firsts[other] ?? 0] ?? 0);
    const d = c + otherSize;
    if (size === 0 || otherSize === 0 || b > c) return 0;
    const { up, down } = this.sheet;
    const more =
      this.turned(up, a, b, d) +
      this.turned(down, a, b, d) +
      this.turned(up, b, c, d) +
      this.turned(down, b, c, d);
    let end = 0;
    for (let at = c; at < d; at += 1) scratch[end++] = order[at] ?? 0;
    for (let at = b; at < c; at += 1) scratch[end++] = order[at] ?? 0;
    for (let at = a; at < b; at += 1) scratch[end++] = order[at] ?? 0;
    for (let at = a; at < d; at += 1) {
      const item = scratch[at - a] ?? 0;
      order[at] = item;
      place[item] = at - start;
    }
    return more;
  }

  /** How many more lines on one side cross when what stands in [from, middle) goes behind [middle, to). */
  private turned({ starts, ends }: Ends, from: number, middle: number, to: number): number {
    const { order, place } = this;
    let more = 0;
    for (let at = from; at < middle; at += 1) {
      const item = order[at] ?? 0;
      const last = starts[item + 1] ?? 0;
      for (let piece = starts[item] ?? 0; piece < last; piece += 1) {
        const end = place[ends[piece] ?? 0] ?? 0;
        for (let beside = middle; beside < to; beside += 1) {
          const other = order[beside] ?? 0;
          const stop = starts[other + 1] ?? 0;
          for (let each = starts[other] ?? 0; each < stop; each += 1) {
            const otherEnd = place[ends[each] ?? 0] ?? 0;
            if (end < otherEnd) more += 1;
            else if (end > otherEnd) more -= 1;
          }
          this.work += stop - (starts[other] ?? 0);
        }
      }
    }
    return more;
  }
}
