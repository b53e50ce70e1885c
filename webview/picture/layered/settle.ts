/**
 * Draws together what the pushes left apart: everything moves towards what it is joined to, as far
 * as its neighbours let it. First whole stages move, with all the columns that stand in them, then
 * single columns; the sides of the stages follow. No distance is ever broken on the way.
 */
import type { Columns } from './alignment';
import { grouped } from './distances';
import type { Distances } from './distances';
import type { Sheet } from './model';
import type { Pulls } from './pulls';
import { KeySorter } from './sort-by-key';

/** See {@link Distances} for what a body is. */
export type Bodies = {
  readonly sheet: Sheet;
  readonly columns: Columns;
  readonly groupCount: number;
  readonly distances: Distances;
  readonly pulls: Pulls;
  /** Bodies from left to right. */
  readonly order: Int32Array;
};

const ENOUGH = 0.5;

export function settle(bodies: Bodies, start: Float64Array, rounds: number): Float64Array {
  const settling = new Settling(bodies, start);
  for (let round = 0; round < rounds; round += 1) if (settling.round() === 0) break;
  return settling.at;
}

/** Pulls by what they act on: those of `i` from `starts[i]` to before `starts[i + 1]`. */
type PullLists = { readonly starts: Int32Array; readonly numbers: Int32Array };

/** Distances on one side of each body: `numbers` from `starts[b]` to before `starts[b + 1]`, to `others`. */
type Beside = PullLists & { readonly others: Int32Array };

class Settling {
  readonly at: Float64Array;
  /** By body, what it moves with: a group with the columns that stand in it, else only itself. */
  private readonly unit: Int32Array;
  private readonly members: { readonly starts: Int32Array; readonly numbers: Int32Array };
  /** Units from left to right, and single columns. */
  private readonly unitOrder: Int32Array;
  private readonly singles: Int32Array;
  private readonly unitPulls: PullLists;
  private readonly ownPulls: PullLists;
  private readonly leftOf: Beside;
  private readonly rightOf: Beside;
  private gaps = new Float64Array(64);
  private gapWeights = new Float64Array(64);
  private gapOrder = new Int32Array(64);
  private readonly sorter = new KeySorter();

  constructor(
    private readonly bodies: Bodies,
    start: Float64Array,
  ) {
    const { columns, distances, order, pulls } = bodies;
    this.at = Float64Array.from(start);
    const { unit, count } = unitsOf(bodies);
    this.unit = unit;
    this.members = grouped(count, unit);
    const firsts = new Float64Array(count).fill(Infinity);
    for (let body = 0; body < distances.bodies; body += 1) {
      const of = unit[body] ?? 0;
      firsts[of] = Math.min(firsts[of] ?? Infinity, start[body] ?? 0);
    }
    this.unitOrder = Int32Array.from({ length: count }, (_, index) => index);
    this.sorter.sort(this.unitOrder, 0, count, firsts);
    this.singles = order.filter((body) => body < columns.count);
    this.unitPulls = pullLists(pulls, unit, count);
    this.ownPulls = pullLists(pulls, undefined, columns.count);
    const { after, before, byRight, lefts, rights } = distances;
    this.leftOf = { starts: before, numbers: byRight, others: lefts };
    this.rightOf = { starts: after, numbers: rights.map((_, index) => index), others: rights };
  }

  /** Moves everything once in both directions; how many moves that took. */
  round(): number {
    const { unitOrder, singles, bodies } = this;
    let moves = 0;
    for (const unit of unitOrder) moves += this.moveUnit(unit);
    for (let at = unitOrder.length - 1; at >= 0; at -= 1)
      moves += this.moveUnit(unitOrder[at] ?? 0);
    for (const body of singles) moves += this.moveSingle(body);
    for (let at = singles.length - 1; at >= 0; at -= 1) moves += this.moveSingle(singles[at] ?? 0);
    for (let group = 0; group < bodies.groupCount; group += 1) this.tighten(group);
    return moves;
  }

  private moveUnit(unit: number): number {
    const { at, members } = this;
    const wish = this.medianPull(this.unitPulls, unit, this.unit);
    if (Math.abs(wish) < ENOUGH) return 0;
    const step = this.freedom(unit, wish);
    if (Math.abs(step) < ENOUGH) return 0;
    for (
      let index = members.starts[unit] ?? 0;
      index < (members.starts[unit + 1] ?? 0);
      index += 1
    ) {
      const body = members.numbers[index] ?? 0;
      at[body] = (at[body] ?? 0) + step;
    }
    return 1;
  }

  private moveSingle(body: number): number {
    const wish = this.medianPull(this.ownPulls, body, undefined);
    return Math.abs(wish) >= ENOUGH && this.moveColumn(body, wish) ? 1 : 0;
  }

  /**
   * How far its pulls would move a unit: the weighted median, which makes its lines shortest in
   * all, and of two equally good places the nearer one.
   * @param unit by body, the unit it belongs to; itself when left out
   */
  private medianPull({ starts, numbers }: PullLists, of: number, unit?: Int32Array): number {
    const { at } = this;
    const { a, b, apart, weights } = this.bodies.pulls;
    const first = starts[of] ?? 0;
    const count = (starts[of + 1] ?? 0) - first;
    if (count === 0) return 0;
    if (this.gaps.length < count) {
      this.gaps = new Float64Array(2 * count);
      this.gapWeights = new Float64Array(2 * count);
      this.gapOrder = new Int32Array(2 * count);
    }
    const { gaps, gapWeights, gapOrder } = this;
    let total = 0;
    for (let index = 0; index < count; index += 1) {
      const pull = numbers[first + index] ?? 0;
      const left = a[pull] ?? 0;
      const gap = (at[b[pull] ?? 0] ?? 0) - (at[left] ?? 0) - (apart[pull] ?? 0);
      const weight = weights[pull] ?? 0;
      const own = unit === undefined ? left === of : unit[left] === of;
      gaps[index] = own ? gap : -gap;
      gapWeights[index] = weight;
      gapOrder[index] = index;
      total += weight;
    }
    if (count === 1) return gaps[0] ?? 0;
    this.sorter.sort(gapOrder, 0, count, gaps);
    let sum = 0;
    for (let index = 0; index < count; index += 1) {
      const gap = gaps[gapOrder[index] ?? 0] ?? 0;
      sum += gapWeights[gapOrder[index] ?? 0] ?? 0;
      if (sum < total / 2) continue;
      const next = index + 1 < count ? (gaps[gapOrder[index + 1] ?? 0] ?? 0) : gap;
      return sum === total / 2 && Math.abs(next) < Math.abs(gap) ? next : gap;
    }
    return 0;
  }

  /** How much of the wish the members of a unit may move together. */
  private freedom(unit: number, wish: number): number {
    const { at, members } = this;
    const { after, before, byRight, lefts, rights, leasts } = this.bodies.distances;
    let step = wish;
    const last = members.starts[unit + 1] ?? 0;
    for (let index = members.starts[unit] ?? 0; index < last; index += 1) {
      const body = members.numbers[index] ?? 0;
      const here = at[body] ?? 0;
      if (wish < 0) {
        for (let each = before[body] ?? 0; each < (before[body + 1] ?? 0); each += 1) {
          const distance = byRight[each] ?? 0;
          const left = lefts[distance] ?? 0;
          if (this.unit[left] === unit) continue;
          const low = (at[left] ?? 0) + (leasts[distance] ?? 0) - here;
          if (low > step) step = Math.min(0, low);
        }
      } else {
        for (let each = after[body] ?? 0; each < (after[body + 1] ?? 0); each += 1) {
          const right = rights[each] ?? 0;
          if (this.unit[right] === unit) continue;
          const high = (at[right] ?? 0) - (leasts[each] ?? 0) - here;
          if (high < step) step = Math.max(0, high);
        }
      }
      if (step === 0) return 0;
    }
    return step;
  }

  /** Moves one column; the sides of its groups give way as far as they can. */
  private moveColumn(body: number, wish: number): boolean {
    const { at } = this;
    const { columns, distances } = this.bodies;
    const { starts, numbers, others } = this.beside(wish);
    const { leasts } = distances;
    const sign = wish < 0 ? -1 : 1;
    const place = at[body] ?? 0;
    const end = starts[body + 1] ?? 0;
    let room = Math.abs(wish);
    for (let index = starts[body] ?? 0; index < end; index += 1) {
      const distance = numbers[index] ?? 0;
      const other = others[distance] ?? 0;
      let gap = sign * ((at[other] ?? 0) - place) - (leasts[distance] ?? 0);
      if (other >= columns.count) gap += Math.max(0, this.give(other, wish));
      if (gap < room) room = gap;
    }
    if (room < ENOUGH) return false;
    const next = place + sign * room;
    at[body] = next;
    for (let index = starts[body] ?? 0; index < end; index += 1) {
      const distance = numbers[index] ?? 0;
      const other = others[distance] ?? 0;
      if (other < columns.count) continue;
      const wanted = next + sign * (leasts[distance] ?? 0);
      at[other] = wish < 0 ? Math.min(at[other] ?? 0, wanted) : Math.max(at[other] ?? 0, wanted);
    }
    return true;
  }

  /** How far a body may move in the direction of the wish. */
  private give(body: number, wish: number): number {
    const { at } = this;
    const { leasts } = this.bodies.distances;
    const { starts, numbers, others } = this.beside(wish);
    const sign = wish < 0 ? -1 : 1;
    const place = at[body] ?? 0;
    let give = Infinity;
    for (let index = starts[body] ?? 0; index < (starts[body + 1] ?? 0); index += 1) {
      const distance = numbers[index] ?? 0;
      const gap = sign * ((at[others[distance] ?? 0] ?? 0) - place) - (leasts[distance] ?? 0);
      if (gap < give) give = gap;
    }
    return give;
  }

  /** The distances that limit moves in the direction of the wish, by body, and their other ends. */
  private beside(wish: number): Beside {
    return wish < 0 ? this.leftOf : this.rightOf;
  }

  /** Brings the sides of a group in to what stands inside. */
  private tighten(group: number): void {
    const { at } = this;
    const { after, before, byRight, lefts, rights, leasts } = this.bodies.distances;
    const open = this.bodies.columns.count + 2 * group;
    const close = open + 1;
    let left = Infinity;
    let width = 0;
    for (let index = after[open] ?? 0; index < (after[open + 1] ?? 0); index += 1) {
      const right = rights[index] ?? 0;
      const least = leasts[index] ?? 0;
      if (right === close) width = least;
      else left = Math.min(left, (at[right] ?? 0) - least);
    }
    let right = -Infinity;
    for (let index = before[close] ?? 0; index < (before[close + 1] ?? 0); index += 1) {
      const distance = byRight[index] ?? 0;
      if (lefts[distance] !== open)
        right = Math.max(right, (at[lefts[distance] ?? 0] ?? 0) + (leasts[distance] ?? 0));
    }
    if (left === Infinity || right === -Infinity) return;
    const end = Math.min(at[close] ?? right, Math.max(right, left + width));
    at[close] = end;
    at[open] = Math.max(at[open] ?? left, Math.min(left, end - width));
  }
}

/** Groups and the columns that stand in them: what hangs together moves together. */
function unitsOf({ sheet, columns, groupCount, distances }: Bodies): {
  readonly unit: Int32Array;
  readonly count: number;
} {
  const parent = Int32Array.from({ length: distances.bodies }, (_, body) => body);
  const root = (body: number): number => {
    let top = body;
    while (parent[top] !== top) top = parent[top] ?? top;
    parent[body] = top;
    return top;
  };
  for (let group = 0; group < groupCount; group += 1) {
    const open = columns.count + 2 * group;
    parent[root(open + 1)] = root(open);
  }
  sheet.items.groups.forEach((group, item) => {
    if (group < 0) return;
    parent[root(columns.column[item] ?? 0)] = root(columns.count + 2 * group);
  });
  const numbers = new Int32Array(distances.bodies).fill(-1);
  const unit = new Int32Array(distances.bodies);
  let count = 0;
  for (let body = 0; body < distances.bodies; body += 1) {
    const top = root(body);
    if (numbers[top] === -1) {
      numbers[top] = count;
      count += 1;
    }
    unit[body] = numbers[top] ?? 0;
  }
  return { unit, count };
}

/** The pulls on each unit from outside it, in their order. */
function pullLists({ count, a, b }: Pulls, unit: Int32Array | undefined, units: number): PullLists {
  const starts = new Int32Array(units + 1);
  const of = (body: number): number => (unit === undefined ? body : (unit[body] ?? 0));
  for (let pull = 0; pull < count; pull += 1) {
    const from = of(a[pull] ?? 0);
    const to = of(b[pull] ?? 0);
    if (from === to) continue;
    starts[from + 1] = (starts[from + 1] ?? 0) + 1;
    starts[to + 1] = (starts[to + 1] ?? 0) + 1;
  }
  for (let each = 0; each < units; each += 1)
    starts[each + 1] = (starts[each + 1] ?? 0) + (starts[each] ?? 0);
  const filled = Int32Array.from(starts);
  const numbers = new Int32Array(starts[units] ?? 0);
  const put = (to: number, pull: number): void => {
    const place = filled[to] ?? 0;
    filled[to] = place + 1;
    numbers[place] = pull;
  };
  for (let pull = 0; pull < count; pull += 1) {
    const from = of(a[pull] ?? 0);
    const to = of(b[pull] ?? 0);
    if (from === to) continue;
    put(from, pull);
    put(to, pull);
  }
  return { starts, numbers };
}
