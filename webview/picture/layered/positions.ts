/**
 * Where columns and the sides of groups stand across the picture.
 *
 * All distances are of the form "b stands at least so far right of a". Each round works out where
 * everything would like to stand (near what it is joined to, or where it stood before), pushes
 * everything apart once from the left and once from the right, and takes the middle of both, which
 * keeps every distance.
 */
import type { Columns } from './alignment';
import { bodyOf, distancesOf, leastBetween, leftToRight, shiftOf } from './distances';
import type { Distances, Spacing } from './distances';
import { limited, limitsOf } from './limits';
import { NO_GROUP } from './model';
import type { Sheet } from './model';
import { pullsOf } from './pulls';
import type { Pulls } from './pulls';
import { settle } from './settle';
import type { Slots } from './slots';

export type PositionsInput = {
  readonly sheet: Sheet;
  readonly slots: Slots;
  readonly columns: Columns;
  readonly spacing: Spacing;
  /** By group, the room that its name needs. */
  readonly widths: readonly number[];
  /** In pixels across, which is kept to as far as what stands side by side allows it. */
  readonly room: number;
  /** By item: where it stood in an earlier picture; NaN where it did not. */
  readonly old: Float64Array | undefined;
};

/** Rounds of wishing and pushing; more of them only draw the picture apart. */
const PUSHES = 4;
/** Rounds of drawing together, which mostly have nothing left to do after the second. */
const SETTLES = 4;

/** The middle of each item. */
export function positionsOf(input: PositionsInput): Float64Array {
  const { sheet, slots, columns, spacing, widths, room, old } = input;
  const distances = distancesOf(sheet, slots, columns, spacing, widths);
  const order = leftToRight(distances);
  const pulls = pullsOf(sheet, columns);
  const limits =
    old === undefined && room < Infinity
      ? limitsOf({ sheet, columns, room }, distances, order)
      : undefined;
  const push = (wish: Float64Array): Float64Array => {
    limited(wish, limits);
    return pushed(wish, distances, order, old);
  };
  const kept = old === undefined ? undefined : keptPlaces(columns, distances.bodies, old);
  let at = push(startOf(input, distances.bodies, kept));
  const wishes = new Wishes(input, pulls, distances.bodies);
  for (let round = 0; round < PUSHES; round += 1) at = push(wishes.from(at, kept));
  if (kept === undefined) {
    const bodies = { sheet, columns, groupCount: widths.length, distances, order, pulls };
    at = limited(settle(bodies, at, SETTLES), limits);
  }
  const items = new Float64Array(sheet.items.count);
  for (let item = 0; item < items.length; item += 1)
    items[item] = (at[columns.column[item] ?? 0] ?? 0) + (columns.shift[item] ?? 0);
  return items;
}

/** The places nearest to the wishes, as far as pushing apart from both sides finds them. */
function pushed(
  wish: Float64Array,
  { after, before, byRight, lefts, rights, leasts }: Distances,
  order: Int32Array,
  old: Float64Array | undefined,
): Float64Array {
  const right = Float64Array.from(wish);
  for (const body of order) {
    let place = right[body] ?? 0;
    for (let index = before[body] ?? 0; index < (before[body + 1] ?? 0); index += 1) {
      const distance = byRight[index] ?? 0;
      const least = (right[lefts[distance] ?? 0] ?? 0) + (leasts[distance] ?? 0);
      if (least > place) place = least;
    }
    right[body] = place;
  }
  const left = Float64Array.from(wish);
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const body = order[at] ?? 0;
    let place = left[body] ?? 0;
    for (let index = after[body] ?? 0; index < (after[body + 1] ?? 0); index += 1) {
      const most = (left[rights[index] ?? 0] ?? 0) - (leasts[index] ?? 0);
      if (most < place) place = most;
    }
    left[body] = place;
  }
  if (old !== undefined) return moved(wish, left) < moved(wish, right) ? left : right;
  for (let body = 0; body < right.length; body += 1)
    right[body] = ((right[body] ?? 0) + (left[body] ?? 0)) / 2;
  return right;
}

const moved = (a: Float64Array, b: Float64Array): number => {
  let count = 0;
  for (let index = 0; index < a.length; index += 1)
    if (Math.abs((a[index] ?? 0) - (b[index] ?? 0)) > 1) count += 1;
  return count;
};

/** Where each column stood before: the mean of its items that did. */
function keptPlaces(columns: Columns, bodies: number, old: Float64Array): Float64Array {
  const sums = new Float64Array(bodies);
  const counts = new Float64Array(bodies);
  old.forEach((place, item) => {
    if (Number.isNaN(place)) return;
    const column = columns.column[item] ?? 0;
    sums[column] = (sums[column] ?? 0) + place - (columns.shift[item] ?? 0);
    counts[column] = (counts[column] ?? 0) + 1;
  });
  return sums.map((sum, body) => ((counts[body] ?? 0) === 0 ? NaN : sum / (counts[body] ?? 1)));
}

/** Every row centred; a column stands at the mean of its items. */
function startOf(
  { slots: { starts, slots }, columns, spacing, sheet }: PositionsInput,
  bodies: number,
  kept: Float64Array | undefined,
): Float64Array {
  const sums = new Float64Array(bodies);
  const counts = new Float64Array(bodies);
  const places = new Float64Array(slots.length);
  for (let row = 0; row < sheet.rowCount; row += 1) {
    const from = starts[row] ?? 0;
    const to = starts[row + 1] ?? 0;
    for (let at = from + 1; at < to; at += 1)
      places[at] =
        (places[at - 1] ?? 0) + leastBetween(sheet, spacing, slots[at - 1] ?? 0, slots[at] ?? 0);
    const middle = to > from ? (places[to - 1] ?? 0) / 2 : 0;
    for (let at = from; at < to; at += 1) {
      const slot = slots[at] ?? 0;
      const body = bodyOf(columns, slot);
      sums[body] = (sums[body] ?? 0) + (places[at] ?? 0) - middle - shiftOf(columns, slot);
      counts[body] = (counts[body] ?? 0) + 1;
    }
  }
  return sums.map((sum, body) => {
    const place = kept?.[body] ?? NaN;
    return Number.isNaN(place) ? sum / Math.max(1, counts[body] ?? 1) : place;
  });
}

/** Where everything would like to stand, given where everything stands. */
class Wishes {
  private readonly sums: Float64Array;
  private readonly weights: Float64Array;

  constructor(
    private readonly input: PositionsInput,
    private readonly pulls: Pulls,
    bodies: number,
  ) {
    this.sums = new Float64Array(bodies);
    this.weights = new Float64Array(bodies);
  }

  /** @param kept where bodies stay because they stood there before, NaN for the others */
  from(at: Float64Array, kept: Float64Array | undefined): Float64Array {
    const { sums, weights, pulls } = this;
    sums.fill(0);
    weights.fill(0);
    for (let pull = 0; pull < pulls.count; pull += 1) {
      const a = pulls.a[pull] ?? 0;
      const b = pulls.b[pull] ?? 0;
      const weight = pulls.weights[pull] ?? 0;
      const apart = pulls.apart[pull] ?? 0;
      sums[a] = (sums[a] ?? 0) + weight * ((at[b] ?? 0) - apart);
      weights[a] = (weights[a] ?? 0) + weight;
      sums[b] = (sums[b] ?? 0) + weight * ((at[a] ?? 0) + apart);
      weights[b] = (weights[b] ?? 0) + weight;
    }
    const wish = new Float64Array(at.length);
    for (let body = 0; body < wish.length; body += 1) {
      const place = at[body] ?? 0;
      const weight = weights[body] ?? 0;
      // Half way only: two that want each other's place would change places for ever.
      wish[body] = weight === 0 ? place : (place + (sums[body] ?? 0) / weight) / 2;
      const before = kept === undefined ? NaN : (kept[body] ?? NaN);
      if (!Number.isNaN(before)) wish[body] = before;
    }
    this.keepSidesClose(wish);
    return wish;
  }

  /** The sides of a group keep close to what is inside. */
  private keepSidesClose(wish: Float64Array): void {
    const { sheet, columns, spacing, widths } = this.input;
    const { column, shift, count } = columns;
    const { groups, halves } = sheet.items;
    for (let group = 0; group < widths.length; group += 1) {
      wish[count + 2 * group] = Infinity;
      wish[count + 2 * group + 1] = -Infinity;
    }
    for (let item = 0; item < groups.length; item += 1) {
      const group = groups[item] ?? NO_GROUP;
      if (group === NO_GROUP) continue;
      const middle = (wish[column[item] ?? 0] ?? 0) + (shift[item] ?? 0);
      const half = halves[item] ?? 0;
      const open = count + 2 * group;
      wish[open] = Math.min(wish[open] ?? 0, middle - half - spacing.open);
      wish[open + 1] = Math.max(wish[open + 1] ?? 0, middle + half + spacing.close);
    }
  }
}
