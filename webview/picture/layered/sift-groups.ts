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
const FURTHEST = 6;

export class GroupSifter {
  private work = 0;
  private readonly sides: readonly Ends[];
  private readonly scratch: Int32Array;
  /** How all stood before a group was tried elsewhere. */
  private readonly homeOrder: Int32Array;
  private readonly homePlace: Int32Array;
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
    this.homeOrder = new Int32Array(order.length);
    this.homePlace = new Int32Array(order.length);
    const { spans, items, up, down } = sheet;
    this.sides = [up, down];
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
    this.homeOrder.set(this.order);
    this.homePlace.set(this.place);
    let best = 0;
    let bestAt = home;
    for (const step of [1, -1]) {
      let at = home;
      let sum = 0;
      for (let past = 0; past < FURTHEST;) {
        const other = queue[at + step];
        if (other === undefined) break;
        if (this.meet(group, other)) past += 1;
        sum += this.pass(queue, at, step);
        at += step;
        if (sum < best) {
          best = sum;
          bestAt = at;
        }
      }
      // Writing back how all stood is far quicker than going all the way back.
      this.order.set(this.homeOrder);
      this.place.set(this.homePlace);
      queue.splice(at, 1);
      queue.splice(home, 0, group);
    }
    for (let at = home; at !== bestAt; at += Math.sign(bestAt - home))
      this.pass(queue, at, Math.sign(bestAt - home));
    return best < 0;
  }

  /** Lets a group and its neighbour in the queue change places. @returns how many more lines cross */
  private pass(queue: number[], at: number, step: number): number {
    const group = queue[at] ?? 0;
    const other = queue[at + step] ?? 0;
    queue[at + step] = group;
    queue[at] = other;
    return step > 0 ? this.exchange(group, other) : this.exchange(other, group);
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

  /**
   * Lets two neighbouring groups change places: in each row that they share, the right one's items
   * come to stand before the left one's.
   *
   * All in one function, which an engine then translates once and not again for each caller.
   * @returns how many more lines cross
   */
  private exchange(left: number, right: number): number {
    const { order, place, scratch, firsts, sizes, starts, cells } = this;
    const [one, other] = [this.sheet.spans[left], this.sheet.spans[right]];
    if (one === undefined || other === undefined) return 0;
    const last = Math.min(one.last, other.last);
    let more = 0;
    for (let row = Math.max(one.first, other.first); row <= last; row += 1) {
      const start = starts[row] ?? 0;
      const cell = (cells[left] ?? 0) + row - one.first;
      const otherCell = (cells[right] ?? 0) + row - other.first;
      // What stands in one row never changes its order inside of a group.
      const a = start + (place[firsts[cell] ?? 0] ?? 0);
      const b = a + (sizes[cell] ?? 0);
      const c = start + (place[firsts[otherCell] ?? 0] ?? 0);
      const d = c + (sizes[otherCell] ?? 0);
      more += this.turned(a, b, d);
      if (b < c) more += this.turned(b, c, d);
      let end = 0;
      for (let at = c; at < d; at += 1) scratch[end++] = order[at] ?? 0;
      for (let at = b; at < c; at += 1) scratch[end++] = order[at] ?? 0;
      for (let at = a; at < b; at += 1) scratch[end++] = order[at] ?? 0;
      for (let at = a; at < d; at += 1) {
        const item = scratch[at - a] ?? 0;
        order[at] = item;
        place[item] = at - start;
      }
    }
    return more;
  }

  /** How many more lines cross when what stands in [from, middle) goes behind [middle, to). */
  private turned(from: number, middle: number, to: number): number {
    const { order, place } = this;
    let more = 0;
    for (const { starts, ends } of this.sides) {
      for (let at = from; at < middle; at += 1) {
        const item = order[at] ?? 0;
        const last = starts[item + 1] ?? 0;
        for (let piece = starts[item] ?? 0; piece < last; piece += 1) {
          const end = place[ends[piece] ?? 0] ?? 0;
          for (let beside = middle; beside < to; beside += 1) {
            const other = order[beside] ?? 0;
            const stop = starts[other + 1] ?? 0;
            for (let each = starts[other] ?? 0; each < stop; each += 1)
              more += Math.sign((place[ends[each] ?? 0] ?? 0) - end);
            this.work += stop - (starts[other] ?? 0);
          }
        }
      }
    }
    return more;
  }
}
