/**
 * Which pieces become straight lines. Between any two rows the heaviest set of pieces that do not
 * cross each other is chosen (a weighted longest increasing subsequence: exact, in O(n log n));
 * what they join is a column and moves as one. Because no two of them cross, the columns of the
 * whole picture can be put side by side without a circle.
 */
import type { Sheet } from './model';

/** What stands in a row from left to right: items, and the sides of groups. */
export type Slot =
  { readonly item: number } | { readonly side: 'open' | 'close'; readonly group: number };

export type Columns = {
  /** By item: its column, and where its middle stands from the column's. */
  readonly column: Int32Array;
  readonly shift: Float64Array;
  readonly count: number;
};

/** @param allowed says whether a piece may be straight, besides its own wish */
export function columnsOf(
  sheet: Sheet,
  slots: readonly (readonly Slot[])[],
  allowed: (piece: number) => boolean,
): Columns {
  const column = new Int32Array(sheet.items.length).fill(-1);
  const shift = new Float64Array(sheet.items.length);
  let count = 0;
  slots.forEach((row, index) => {
    if (index > 0) {
      for (const chosen of straightPieces(sheet, slots[index - 1] ?? [], row, allowed)) {
        const piece = sheet.pieces[chosen];
        if (piece === undefined) continue;
        column[piece.lower] = column[piece.upper] ?? -1;
        shift[piece.lower] = (shift[piece.upper] ?? 0) + piece.out - piece.in;
      }
    }
    for (const slot of row) {
      if ('item' in slot && (column[slot.item] ?? -1) < 0) {
        column[slot.item] = count;
        count += 1;
      }
    }
  });
  return { column, shift, count };
}

type Candidate = {
  readonly piece: number;
  readonly upper: number;
  readonly lower: number;
  readonly weight: number;
};

function straightPieces(
  sheet: Sheet,
  above: readonly Slot[],
  below: readonly Slot[],
  allowed: (piece: number) => boolean,
): number[] {
  const [upper, lower] = [fences(above, below), fences(below, above)];
  const candidates: Candidate[] = [];
  for (const slot of above) {
    if (!('item' in slot)) continue;
    for (const index of sheet.down[slot.item] ?? []) {
      const piece = sheet.pieces[index];
      if (piece === undefined) continue;
      if (piece.straightness === 0 || !allowed(index)) continue;
      const from = upper.places.get(piece.upper);
      const to = lower.places.get(piece.lower);
      // A straight piece never goes through the side of a group that stands in both rows.
      if (to === undefined || from?.fences !== to.fences) continue;
      candidates.push({ piece: index, upper: from.at, lower: to.at, weight: piece.straightness });
    }
  }
  candidates.sort((a, b) => a.upper - b.upper || b.lower - a.lower);
  // The best sum of a chain that ends at or before each place of the lower row.
  const sums = new Float64Array(below.length + 1);
  const lasts = new Int32Array(below.length + 1).fill(-1);
  const previous = new Int32Array(candidates.length).fill(-1);
  let best = -1;
  let most = 0;
  candidates.forEach(({ lower: place, weight }, index) => {
    let sum = 0;
    let last = -1;
    for (let at = place; at > 0; at -= at & -at) {
      if ((sums[at] ?? 0) > sum) {
        sum = sums[at] ?? 0;
        last = lasts[at] ?? -1;
      }
    }
    sum += weight;
    previous[index] = last;
    for (let at = place + 1; at <= below.length; at += at & -at) {
      if ((sums[at] ?? 0) < sum) {
        sums[at] = sum;
        lasts[at] = index;
      }
    }
    if (sum > most) {
      most = sum;
      best = index;
    }
  });
  const chosen: number[] = [];
  for (let at = best; at >= 0; at = previous[at] ?? -1) {
    const candidate = candidates[at];
    if (candidate !== undefined) chosen.push(candidate.piece);
  }
  return chosen;
}

type Place = { readonly at: number; readonly fences: number };

/** By item: its place in a row, and how many group sides of both rows stand before it. */
function fences(
  row: readonly Slot[],
  other: readonly Slot[],
): { readonly places: ReadonlyMap<number, Place> } {
  const groups = new Set(other.flatMap((slot) => ('side' in slot ? [slot.group] : [])));
  const places = new Map<number, Place>();
  let count = 0;
  row.forEach((slot, at) => {
    if ('item' in slot) places.set(slot.item, { at, fences: count });
    else if (groups.has(slot.group)) count += 1;
  });
  return { places };
}
