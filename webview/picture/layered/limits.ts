/**
 * How far to the left and to the right each body may stand, so that a picture is no wider than its room:
 * what stands beside it needs a place too.
 */
import type { Columns } from './alignment';
import type { Distances } from './distances';
import type { Sheet } from './model';

/** Between which places each body may stand. */
export type Limits = { readonly low: Float64Array; readonly high: Float64Array };

export type LimitsInput = {
  readonly sheet: Sheet;
  readonly columns: Columns;
  /** In pixels across. */
  readonly room: number;
};

/** The limits in a picture that is as wide as the room, or as it has to be. */
export function limitsOf(
  { sheet, columns, room }: LimitsInput,
  { bodies, after, before, byRight, lefts, rights, leasts }: Distances,
  order: Int32Array,
): Limits {
  const low = new Float64Array(bodies);
  const high = new Float64Array(bodies);
  sheet.items.halves.forEach((half, item) => {
    const column = columns.column[item] ?? 0;
    const shift = columns.shift[item] ?? 0;
    low[column] = Math.max(low[column] ?? 0, half - shift);
    high[column] = Math.max(high[column] ?? 0, half + shift);
  });
  let width = room;
  for (const body of order) {
    for (let index = before[body] ?? 0; index < (before[body + 1] ?? 0); index += 1) {
      const distance = byRight[index] ?? 0;
      const least = (low[lefts[distance] ?? 0] ?? 0) + (leasts[distance] ?? 0);
      low[body] = Math.max(low[body] ?? 0, least);
    }
    width = Math.max(width, (low[body] ?? 0) + (high[body] ?? 0));
  }
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const body = order[at] ?? 0;
    let most = width - (high[body] ?? 0);
    for (let index = after[body] ?? 0; index < (after[body + 1] ?? 0); index += 1)
      most = Math.min(most, (high[rights[index] ?? 0] ?? 0) - (leasts[index] ?? 0));
    high[body] = most;
  }
  return { low, high };
}

/** Brings places within limits, in place; what was far enough apart stays so. */
export function limited(at: Float64Array, limits: Limits | undefined): Float64Array {
  if (limits === undefined) return at;
  for (let body = 0; body < at.length; body += 1)
    at[body] = Math.min(limits.high[body] ?? 0, Math.max(limits.low[body] ?? 0, at[body] ?? 0));
  return at;
}
