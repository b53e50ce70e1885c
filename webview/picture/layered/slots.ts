/**
 * What stands in each row from left to right: items, and the sides of groups. One number each, row
 * after row in one list: an item is its own number, the left side of group `g` is `-1 - 2g`, its
 * right side `-2 - 2g`.
 */
import type { Arranger, FlatOrder } from './arrange';
import { NO_GROUP } from './model';

export type Slots = {
  /** Row `r` lies from `starts[r]` to before `starts[r + 1]`. */
  readonly starts: Int32Array;
  readonly slots: Int32Array;
};

export type Side = 'open' | 'close';

export const isItem = (slot: number): boolean => slot >= 0;
/** The number of a side among the sides of all groups: twice the group's, plus one at the right. */
export const sideNumber = (slot: number): number => -1 - slot;
export const sideOf = (slot: number): Side => (sideNumber(slot) % 2 === 0 ? 'open' : 'close');

export function slotsOf(order: FlatOrder, { starts, groups, rowCount }: Arranger): Slots {
  const slots: number[] = [];
  const rows = new Int32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row += 1) {
    let open = NO_GROUP;
    for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1) {
      const item = order[at] ?? 0;
      const group = groups[item] ?? NO_GROUP;
      if (group !== open) {
        if (open !== NO_GROUP) slots.push(-2 - 2 * open);
        if (group !== NO_GROUP) slots.push(-1 - 2 * group);
        open = group;
      }
      slots.push(item);
    }
    if (open !== NO_GROUP) slots.push(-2 - 2 * open);
    rows[row + 1] = slots.length;
  }
  return { starts: rows, slots: Int32Array.from(slots) };
}
