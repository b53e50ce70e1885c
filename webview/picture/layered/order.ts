/**
 * The order of the items in every row: a depth-first start that follows the file, then sweeps.
 *
 * Members of a group stand together in every row, and any two groups stand in the same order in all
 * rows that they share, so that each group can be drawn as one box.
 */
import { Arranger } from './arrange';
import type { FlatOrder } from './arrange';
import { ranksByNeighbours, ranksByPlace } from './group-ranks';
import { canImprove, improved, MOST_IMPROVED, SMALL } from './improve-order';
import { blockOf } from './lanes';
import type { Narrowed } from './lanes';
import { readingForwards } from './reading-order';
import { seededOrder } from './seed';
import { Sweeper } from './sweeper';
import type { Ordering } from './sweeper';
import type { Sheet } from './model';

const SWEEPS = 4;
const LATER_SWEEPS = 2;
/** Rounds of putting groups where their neighbours are. */
const ROUNDS = 3;

/**
 * How much work an order is worth: `quick` is for what is to be seen at once, `thorough` has fewer
 * crossings.
 */
export type Effort = 'quick' | 'thorough';

/**
 * `improvable` where there is more to be had by more effort, `done` where there is not, and `large`
 * where there might be, at a price that nobody pays.
 */
export type OrderState = 'done' | 'improvable' | 'large';

export function orderItems(
  sheet: Sheet,
  arranger: Arranger,
  effort: Effort,
): { readonly order: FlatOrder; readonly state: OrderState } {
  const groupCount = sheet.spans.length;
  const start = depthFirst(sheet, arranger.starts);
  const sweeper = new Sweeper(arranger, sheet);
  let best = sweeper.sweep(start, ranksByPlace(start, arranger, groupCount), SWEEPS);
  // Where groups stand as a whole decides more crossings than anything inside a row.
  for (let round = 0; round < ROUNDS && groupCount > 1 && sheet.rowCount > 1; round += 1) {
    const next = ranksByNeighbours(sheet, best.order, best.ranks, arranger);
    if (next.every((rank, group) => rank === best.ranks[group])) break;
    const tried = sweeper.sweep(best.order, next, LATER_SWEEPS);
    if (tried.crossings >= best.crossings) break;
    best = tried;
  }
  const { count } = sheet.items;
  const state = stateOf(count, effort, best);
  if (state === 'done') best = improved(best, sweeper);
  return { order: readingForwards(best.order, sheet, arranger), state };
}

function stateOf(items: number, effort: Effort, found: Ordering): OrderState {
  if (items > MOST_IMPROVED) return 'large';
  return effort === 'thorough' || items <= SMALL || !canImprove(found) ? 'done' : 'improvable';
}

/**
 * The order of a picture in lanes: what stands in one is neither moved to another nor past it.
 * @param old as in {@link seededOrder}, for a picture that was seen before
 */
export function orderInLanes(
  sheet: Sheet,
  { lanes }: Narrowed,
  old: Float64Array | undefined,
): FlatOrder {
  const groups = Int32Array.from(sheet.items.groups.keys(), (item) => blockOf(sheet, item));
  const arranger = new Arranger({ ...sheet, items: { ...sheet.items, groups } });
  if (old !== undefined) return seededOrder(sheet, lanes.length, old, arranger, lanes);
  const sweeper = new Sweeper(arranger, sheet);
  const swept = sweeper.sweep(depthFirst(sheet, arranger.starts), lanes, SWEEPS);
  return sweeper.lead(swept).order;
}

/** Items in the order in which a walk from the results up to their inputs meets them. */
function depthFirst({ items, up, down }: Sheet, rowStarts: Int32Array): FlatOrder {
  const { count } = items;
  const order = new Int32Array(count);
  const filled = Int32Array.from(rowStarts);
  const seen = new Uint8Array(count);
  const next = Int32Array.from(up.starts);
  const stack = new Int32Array(count);
  for (let root = 0; root < count; root += 1) {
    if (down.starts[root] !== down.starts[root + 1] || seen[root] === 1) continue;
    seen[root] = 1;
    stack[0] = root;
    for (let height = 1; height > 0;) {
      const item = stack[height - 1] ?? 0;
      const at = next[item] ?? 0;
      if (at === up.starts[item + 1]) {
        const row = items.rows[item] ?? 0;
        const place = filled[row] ?? 0;
        order[place] = item;
        filled[row] = place + 1;
        height -= 1;
        continue;
      }
      next[item] = at + 1;
      const input = up.ends[at] ?? 0;
      if (seen[input] === 1) continue;
      seen[input] = 1;
      stack[height] = input;
      height += 1;
    }
  }
  return order;
}
