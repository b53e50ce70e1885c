/**
 * Sorts a row by keys under the one rule that orders obey: members of a group stand together, and
 * groups stand in the order of their ranks.
 */
import { isotonic } from './isotonic';
import { NO_GROUP } from './model';

/** Rows up to this length are sorted by insertion: from sweep to sweep they hardly change. */
const SHORT = 48;

type Block = { readonly rank: number; readonly items: number[]; sum: number };

/**
 * @param groups by item, its group or {@link NO_GROUP}
 * @param ranks by group, its place from left to right
 */
export function arrange(
  row: readonly number[],
  keys: Float64Array,
  groups: Int32Array,
  ranks: readonly number[],
): number[] {
  const singles: number[] = [];
  const blocks: Block[] = [];
  let open: Block | undefined;
  let openGroup = NO_GROUP;
  let known: Map<number, Block> | undefined;
  for (const item of row) {
    const group = groups[item] ?? NO_GROUP;
    if (group === NO_GROUP) {
      singles.push(item);
      continue;
    }
    if (open === undefined || group !== openGroup) {
      known ??= new Map();
      open = known.get(group);
      openGroup = group;
      if (open === undefined) {
        open = { rank: ranks[group] ?? 0, items: [], sum: 0 };
        known.set(group, open);
        blocks.push(open);
      }
    }
    open.items.push(item);
    open.sum += keys[item] ?? 0;
  }
  sortByKey(singles, keys);
  if (blocks.length === 0) return singles;
  blocks.sort((a, b) => a.rank - b.rank);
  for (const block of blocks) sortByKey(block.items, keys);
  // Groups keep their ranks; within that, each comes as near to its members' wishes as possible.
  const wishes = isotonic(
    blocks.map(({ sum, items }) => sum / items.length),
    blocks.map(({ items }) => items.length),
  );
  const arranged: number[] = [];
  let single = 0;
  for (let index = 0; index < blocks.length; index += 1) {
    const wish = wishes[index] ?? 0;
    for (; single < singles.length; single += 1) {
      const item = singles[single] ?? 0;
      if ((keys[item] ?? 0) >= wish) break;
      arranged.push(item);
    }
    for (const item of blocks[index]?.items ?? []) arranged.push(item);
  }
  for (; single < singles.length; single += 1) arranged.push(singles[single] ?? 0);
  return arranged;
}

function sortByKey(items: number[], keys: Float64Array): void {
  if (items.length > SHORT) {
    items.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
    return;
  }
  for (let at = 1; at < items.length; at += 1) {
    const item = items[at] ?? 0;
    const key = keys[item] ?? 0;
    let to = at;
    for (; to > 0 && (keys[items[to - 1] ?? 0] ?? 0) > key; to -= 1) items[to] = items[to - 1] ?? 0;
    items[to] = item;
  }
}
