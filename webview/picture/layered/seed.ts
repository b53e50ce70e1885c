/** The order of an earlier picture, with what is new put near its neighbours. */
import type { Arranger } from './arrange';
import { NO_GROUP } from './model';
import type { Ends, Sheet } from './model';
import { ranksFrom } from './group-ranks';
import type { FlatOrder } from './arrange';

/**
 * @param old by item, where it stood across; NaN where it did not
 * @param ranks of groups, where they are settled already
 */
export function seededOrder(
  sheet: Sheet,
  groupCount: number,
  old: Float64Array,
  arranger: Arranger,
  ranks?: Float64Array,
): FlatOrder {
  const keys = Float64Array.from(old);
  const { items, up, down } = sheet;
  const { groups } = arranger;
  const byRow = arranger.inRows(items.rows);
  // Down and up again: whatever hangs on something known has a place after that.
  for (const list of [byRow, Int32Array.from(byRow).reverse()])
    for (const item of list)
      if (Number.isNaN(keys[item])) keys[item] = meanOf(keys, item, [up, down]);
  const sums = new Float64Array(groupCount);
  const counts = new Float64Array(groupCount);
  let total = 0;
  let known = 0;
  keys.forEach((key, item) => {
    if (Number.isNaN(key)) return;
    total += key;
    known += 1;
    const group = groups[item] ?? NO_GROUP;
    if (group === NO_GROUP) return;
    sums[group] = (sums[group] ?? 0) + key;
    counts[group] = (counts[group] ?? 0) + 1;
  });
  const middle = known === 0 ? 0 : total / known;
  const means = sums.map((sum, group) =>
    (counts[group] ?? 0) === 0 ? middle : sum / (counts[group] ?? 1),
  );
  for (let item = 0; item < keys.length; item += 1)
    if (Number.isNaN(keys[item])) keys[item] = means[groups[item] ?? NO_GROUP] ?? middle;
  arranger.rank(ranks ?? ranksFrom(means));
  for (let row = 0; row < sheet.rowCount; row += 1) arranger.arrange(byRow, row, keys);
  return byRow;
}

function meanOf(keys: Float64Array, item: number, sides: readonly Ends[]): number {
  let sum = 0;
  let count = 0;
  for (const { starts, ends } of sides) {
    for (let at = starts[item] ?? 0; at < (starts[item + 1] ?? 0); at += 1) {
      const key = keys[ends[at] ?? 0] ?? NaN;
      if (Number.isNaN(key)) continue;
      sum += key;
      count += 1;
    }
  }
  return count === 0 ? NaN : sum / count;
}
