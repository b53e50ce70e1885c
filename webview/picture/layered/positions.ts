/**
 * Where columns and the sides of groups stand across the picture.
 *
 * All distances are of the form "b stands at least so far right of a". Each round works out where
 * everything would like to stand (near what it is joined to, or where it stood before), pushes
 * everything apart once from the left and once from the right, and takes the middle of both, which
 * keeps every distance.
 */
import type { Columns, Slot } from './alignment';
import type { Sheet } from './model';
import { settle } from './settle';
import type { Distance } from './settle';

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

export type Positions = {
  /** The middle of each item. */
  readonly items: Float64Array;
};

export type PositionsInput = {
  readonly sheet: Sheet;
  readonly slots: readonly (readonly Slot[])[];
  readonly columns: Columns;
  readonly spacing: Spacing;
  /** By group, the room that its name needs. */
  readonly widths: readonly number[];
  /** By item: where it stood in an earlier picture; NaN where it did not. */
  readonly old: Float64Array | undefined;
};

/** Fewer rounds where there is more to do. */
const rounds = (items: number): number => (items > 20_000 ? 6 : items > 4000 ? 10 : 24);

export function positionsOf(input: PositionsInput): Positions {
  const { sheet, columns, old } = input;
  const bodies = columns.count + 2 * input.widths.length;
  const distances = distancesOf(input);
  const { order, after, before } = sorted(bodies, distances);
  const pushed = (wish: Float64Array): Float64Array => {
    const right = Float64Array.from(wish);
    for (const body of order)
      for (const index of before[body] ?? []) {
        const { from, least } = distances[index] ?? none;
        right[body] = Math.max(right[body] ?? 0, (right[from] ?? 0) + least);
      }
    const left = Float64Array.from(wish);
    for (let at = order.length - 1; at >= 0; at -= 1) {
      const body = order[at] ?? 0;
      for (const index of after[body] ?? []) {
        const { to, least } = distances[index] ?? none;
        left[body] = Math.min(left[body] ?? 0, (left[to] ?? 0) - least);
      }
    }
    if (old !== undefined) return moved(wish, left) < moved(wish, right) ? left : right;
    return right.map((value, body) => (value + (left[body] ?? 0)) / 2);
  };

  const kept = old === undefined ? undefined : keptPlaces(columns, bodies, old);
  let at = pushed(startOf(input, bodies, kept));
  const wishes = new Wishes(input);
  const most = rounds(sheet.items.length);
  for (let round = 0; round < most; round += 1) {
    at = pushed(wishes.from(at, kept));
    if (kept !== undefined && round >= 3) break;
  }
  if (kept === undefined) {
    const groupCount = input.widths.length;
    at = settle({ sheet, columns, groupCount, distances, before, after, order }, at, most / 2);
  }
  const items = new Float64Array(sheet.items.length);
  for (let item = 0; item < items.length; item += 1)
    items[item] = (at[columns.column[item] ?? 0] ?? 0) + (columns.shift[item] ?? 0);
  return { items };
}

const none: Distance = { from: 0, to: 0, least: 0 };

const moved = (a: Float64Array, b: Float64Array): number => {
  let count = 0;
  for (let index = 0; index < a.length; index += 1)
    if (Math.abs((a[index] ?? 0) - (b[index] ?? 0)) > 1) count += 1;
  return count;
};

const sideOf = (columns: Columns, group: number, side: 'open' | 'close'): number =>
  columns.count + 2 * group + (side === 'open' ? 0 : 1);

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
  { slots, columns, spacing, sheet }: PositionsInput,
  bodies: number,
  kept: Float64Array | undefined,
): Float64Array {
  const sums = new Float64Array(bodies);
  const counts = new Float64Array(bodies);
  const put = (body: number, place: number): void => {
    sums[body] = (sums[body] ?? 0) + place;
    counts[body] = (counts[body] ?? 0) + 1;
  };
  for (const row of slots) {
    let width = 0;
    const places = row.map((slot, index) => {
      const last = row[index - 1];
      width += last === undefined ? 0 : leastBetween(sheet, spacing, last, slot);
      return width;
    });
    row.forEach((slot, index) => {
      const place = (places[index] ?? 0) - width / 2;
      if ('item' in slot)
        put(columns.column[slot.item] ?? 0, place - (columns.shift[slot.item] ?? 0));
      else put(sideOf(columns, slot.group, slot.side), place);
    });
  }
  return sums.map((sum, body) => {
    const place = kept?.[body] ?? NaN;
    return Number.isNaN(place) ? sum / Math.max(1, counts[body] ?? 1) : place;
  });
}

function leastBetween(sheet: Sheet, spacing: Spacing, left: Slot, right: Slot): number {
  const half = (slot: Slot): number => ('item' in slot ? (sheet.items[slot.item]?.half ?? 0) : 0);
  const isLine = (slot: Slot): boolean =>
    'item' in slot && (sheet.items[slot.item]?.vertex ?? -1) < 0;
  const room = half(left) + half(right);
  if ('side' in left && left.side === 'open') return room + spacing.open;
  if ('side' in right && right.side === 'close') return room + spacing.close;
  if ('side' in left || 'side' in right)
    return room + (isLine(left) || isLine(right) ? spacing.line : spacing.group);
  if (isLine(left) && isLine(right)) return room;
  return room + (isLine(left) || isLine(right) ? spacing.line : spacing.vertex);
}

function distancesOf({ sheet, slots, columns, spacing, widths }: PositionsInput): Distance[] {
  const distances = new Map<number, Distance>();
  const bodies = columns.count + 2 * widths.length;
  const body = (slot: Slot): number =>
    'item' in slot ? (columns.column[slot.item] ?? 0) : sideOf(columns, slot.group, slot.side);
  const shift = (slot: Slot): number => ('item' in slot ? (columns.shift[slot.item] ?? 0) : 0);
  const keep = (from: number, to: number, least: number): void => {
    const key = from * bodies + to;
    const known = distances.get(key);
    if (known === undefined || known.least < least) distances.set(key, { from, to, least });
  };
  for (const row of slots) {
    for (let index = 1; index < row.length; index += 1) {
      const left = row[index - 1];
      const right = row[index];
      if (left === undefined || right === undefined) continue;
      keep(
        body(left),
        body(right),
        leastBetween(sheet, spacing, left, right) + shift(left) - shift(right),
      );
    }
  }
  widths.forEach((width, group) => {
    keep(sideOf(columns, group, 'open'), sideOf(columns, group, 'close'), width);
  });
  return [...distances.values()];
}

/** The bodies so that each comes after all that stand left of it. */
function sorted(
  bodies: number,
  distances: readonly Distance[],
): {
  readonly order: readonly number[];
  readonly after: readonly (readonly number[])[];
  readonly before: readonly (readonly number[])[];
} {
  const after: number[][] = Array.from({ length: bodies }, () => []);
  const before: number[][] = Array.from({ length: bodies }, () => []);
  const waiting = new Int32Array(bodies);
  distances.forEach(({ from, to }, index) => {
    after[from]?.push(index);
    before[to]?.push(index);
    waiting[to] = (waiting[to] ?? 0) + 1;
  });
  const order: number[] = [];
  for (let body = 0; body < bodies; body += 1) if (waiting[body] === 0) order.push(body);
  // The list grows while it is walked.
  for (const body of order) {
    for (const index of after[body] ?? []) {
      const to = distances[index]?.to ?? 0;
      waiting[to] = (waiting[to] ?? 0) - 1;
      if (waiting[to] === 0) order.push(to);
    }
  }
  if (order.length < bodies) throw new Error('columns cross');
  return { order, after, before };
}

/** Where everything would like to stand, given where everything stands. */
class Wishes {
  private readonly sums: Float64Array;
  private readonly weights: Float64Array;

  constructor(private readonly input: PositionsInput) {
    const bodies = input.columns.count + 2 * input.widths.length;
    this.sums = new Float64Array(bodies);
    this.weights = new Float64Array(bodies);
  }

  /** @param kept where bodies stay because they stood there before, NaN for the others */
  from(at: Float64Array, kept: Float64Array | undefined): Float64Array {
    const { sheet, columns, spacing, widths } = this.input;
    const { sums, weights } = this;
    const { column, shift } = columns;
    sums.fill(0);
    weights.fill(0);
    for (const piece of sheet.pieces) {
      const upper = column[piece.upper] ?? 0;
      const lower = column[piece.lower] ?? 0;
      if (upper === lower) continue;
      const weight = 1 + piece.straightness;
      const out = (shift[piece.upper] ?? 0) + piece.out;
      const into = (shift[piece.lower] ?? 0) + piece.in;
      sums[upper] = (sums[upper] ?? 0) + weight * ((at[lower] ?? 0) + into - out);
      weights[upper] = (weights[upper] ?? 0) + weight;
      sums[lower] = (sums[lower] ?? 0) + weight * ((at[upper] ?? 0) + out - into);
      weights[lower] = (weights[lower] ?? 0) + weight;
    }
    // Half way only: two that want each other's place would change places for ever.
    const wish = at.map((place, body) =>
      (weights[body] ?? 0) === 0 ? place : (place + (sums[body] ?? 0) / (weights[body] ?? 1)) / 2,
    );
    kept?.forEach((place, body) => {
      if (!Number.isNaN(place)) wish[body] = place;
    });
    // The sides of a group keep close to what is inside.
    widths.forEach((_, group) => {
      wish[sideOf(columns, group, 'open')] = Infinity;
      wish[sideOf(columns, group, 'close')] = -Infinity;
    });
    sheet.items.forEach(({ group, half }, item) => {
      if (group < 0) return;
      const middle = (wish[column[item] ?? 0] ?? 0) + (shift[item] ?? 0);
      const open = sideOf(columns, group, 'open');
      const close = sideOf(columns, group, 'close');
      wish[open] = Math.min(wish[open] ?? 0, middle - half - spacing.open);
      wish[close] = Math.max(wish[close] ?? 0, middle + half + spacing.close);
    });
    return wish;
  }
}
