/** The distances that every placing keeps: "this body stands at least so far right of that one". */
import type { Columns } from './alignment';
import type { Sheet } from './model';
import { isItem, sideNumber, sideOf } from './slots';
import type { Slots } from './slots';

/** Distances across, in pixels. */
export type Spacing = {
  /** Between two vertices; beside passing lines there is {@link line}. */
  readonly vertex: number;
  readonly line: number;
  /** Between two groups, and between a group and what is outside. */
  readonly group: number;
  /** Inside a group, before the first and after the last. */
  readonly open: number;
  readonly close: number;
};

/**
 * A body is a column, or (after all columns) a side of a group. Distances lie by the body on their
 * left: those of body `b` from `after[b]` to before `after[b + 1]`.
 */
export type Distances = {
  readonly bodies: number;
  readonly after: Int32Array;
  readonly lefts: Int32Array;
  readonly rights: Int32Array;
  readonly leasts: Float64Array;
  /** The numbers of distances by the body on their right, as `before` says. */
  readonly before: Int32Array;
  readonly byRight: Int32Array;
};

/** The body of what stands in a slot. */
export const bodyOf = ({ column, count }: Columns, slot: number): number =>
  isItem(slot) ? (column[slot] ?? 0) : count + sideNumber(slot);

/** How far right of the middle of its body it stands. */
export const shiftOf = ({ shift }: Columns, slot: number): number =>
  isItem(slot) ? (shift[slot] ?? 0) : 0;

/** @param widths by group, the room that its name needs */
export function distancesOf(
  sheet: Sheet,
  { starts, slots }: Slots,
  columns: Columns,
  spacing: Spacing,
  widths: readonly number[],
): Distances {
  const bodies = columns.count + 2 * widths.length;
  const most = slots.length + widths.length;
  const lefts = new Int32Array(most);
  const rights = new Int32Array(most);
  const leasts = new Float64Array(most);
  let count = 0;
  for (let row = 0; row < sheet.rowCount; row += 1) {
    for (let at = (starts[row] ?? 0) + 1; at < (starts[row + 1] ?? 0); at += 1) {
      const left = slots[at - 1] ?? 0;
      const right = slots[at] ?? 0;
      lefts[count] = bodyOf(columns, left);
      rights[count] = bodyOf(columns, right);
      leasts[count] =
        leastBetween(sheet, spacing, left, right) +
        shiftOf(columns, left) -
        shiftOf(columns, right);
      count += 1;
    }
  }
  for (let group = 0; group < widths.length; group += 1) {
    lefts[count] = columns.count + 2 * group;
    rights[count] = columns.count + 2 * group + 1;
    leasts[count] = widths[group] ?? 0;
    count += 1;
  }
  return merged(bodies, lefts.subarray(0, count), rights, leasts);
}

/** Sorted by their left bodies, with the largest distance of each pair only. */
function merged(
  bodies: number,
  lefts: Int32Array,
  rights: Int32Array,
  leasts: Float64Array,
): Distances {
  const byLeft = grouped(bodies, lefts);
  const after = new Int32Array(bodies + 1);
  const known = new Int32Array(bodies).fill(-1);
  const to = new Int32Array(lefts.length);
  const from = new Int32Array(lefts.length);
  const least = new Float64Array(lefts.length);
  let count = 0;
  for (let body = 0; body < bodies; body += 1) {
    const first = count;
    for (let at = byLeft.starts[body] ?? 0; at < (byLeft.starts[body + 1] ?? 0); at += 1) {
      const index = byLeft.numbers[at] ?? 0;
      const right = rights[index] ?? 0;
      const same = known[right] ?? -1;
      if (same >= first) {
        least[same] = Math.max(least[same] ?? 0, leasts[index] ?? 0);
        continue;
      }
      known[right] = count;
      from[count] = body;
      to[count] = right;
      least[count] = leasts[index] ?? 0;
      count += 1;
    }
    after[body + 1] = count;
  }
  const kept = to.subarray(0, count);
  const byRight = grouped(bodies, kept);
  return {
    bodies,
    after,
    lefts: from.subarray(0, count),
    rights: kept,
    leasts: least.subarray(0, count),
    before: byRight.starts,
    byRight: byRight.numbers,
  };
}

/** Numbers of a list by their values: those of value `v` from `starts[v]` to before `starts[v + 1]`. */
export function grouped(
  values: number,
  list: Int32Array,
): { readonly starts: Int32Array; readonly numbers: Int32Array } {
  const starts = new Int32Array(values + 1);
  for (const value of list) {
    const next = value + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let value = 0; value < values; value += 1)
    starts[value + 1] = (starts[value + 1] ?? 0) + (starts[value] ?? 0);
  const filled = Int32Array.from(starts);
  const numbers = new Int32Array(list.length);
  for (let at = 0; at < list.length; at += 1) {
    const value = list[at] ?? 0;
    const place = filled[value] ?? 0;
    filled[value] = place + 1;
    numbers[place] = at;
  }
  return { starts, numbers };
}

/** How far apart the middles of two neighbours in a row stand at least. */
export function leastBetween(
  { items }: Sheet,
  spacing: Spacing,
  left: number,
  right: number,
): number {
  const room =
    (isItem(left) ? (items.halves[left] ?? 0) : 0) +
    (isItem(right) ? (items.halves[right] ?? 0) : 0);
  if (!isItem(left) && sideOf(left) === 'open') return room + spacing.open;
  if (!isItem(right) && sideOf(right) === 'close') return room + spacing.close;
  const leftLine = left >= items.vertices;
  const rightLine = right >= items.vertices;
  if (!isItem(left) || !isItem(right))
    return room + (leftLine || rightLine ? spacing.line : spacing.group);
  if (leftLine && rightLine) return room;
  return room + (leftLine || rightLine ? spacing.line : spacing.vertex);
}

/** The bodies so that each comes after all that stand left of it. */
export function leftToRight({ bodies, after, rights }: Distances): Int32Array {
  const waiting = new Int32Array(bodies);
  for (const right of rights) waiting[right] = (waiting[right] ?? 0) + 1;
  const order = new Int32Array(bodies);
  let count = 0;
  for (let body = 0; body < bodies; body += 1) {
    if (waiting[body] !== 0) continue;
    order[count] = body;
    count += 1;
  }
  for (let at = 0; at < count; at += 1) {
    const body = order[at] ?? 0;
    for (let index = after[body] ?? 0; index < (after[body + 1] ?? 0); index += 1) {
      const right = rights[index] ?? 0;
      const left = (waiting[right] ?? 0) - 1;
      waiting[right] = left;
      if (left !== 0) continue;
      order[count] = right;
      count += 1;
    }
  }
  if (count < bodies) throw new Error('columns cross');
  return order;
}
