/**
 * A mirrored order crosses as often as the other; the one in which stages follow the file reads
 * better. Parts that nothing joins (the same stages for two platforms) are mirrored one by one, where
 * they stand side by side.
 */
import type { Arranger, FlatOrder } from './arrange';
import { ranksByPlace } from './group-ranks';
import { NO_GROUP } from './model';
import type { Sheet } from './model';

export function readingForwards(order: FlatOrder, sheet: Sheet, arranger: Arranger): FlatOrder {
  const ranks = ranksByPlace(order, arranger, sheet.spans.length);
  const part = partsOf(sheet);
  const backwards = partsBackwards(sheet, part, ranks);
  if (backwards.size === 0) return order;
  const next = Int32Array.from(order);
  for (let row = 0; row < sheet.rowCount; row += 1) {
    const end = arranger.starts[row + 1] ?? 0;
    const met = new Set<number>();
    for (let at = arranger.starts[row] ?? 0; at < end;) {
      const of = part[next[at] ?? 0] ?? 0;
      let to = at + 1;
      while (to < end && part[next[to] ?? 0] === of) to += 1;
      // Parts that stand among each other stay so, and only the whole can be mirrored.
      if (met.has(of)) return whole(order, arranger, ranks);
      met.add(of);
      if (backwards.has(of)) next.subarray(at, to).reverse();
      at = to;
    }
  }
  return next;
}

function whole(order: FlatOrder, { starts, rowCount }: Arranger, ranks: Float64Array): FlatOrder {
  if (follows([...ranks.keys()], ranks) >= 0) return order;
  const next = Int32Array.from(order);
  for (let row = 0; row < rowCount; row += 1) next.subarray(starts[row], starts[row + 1]).reverse();
  return next;
}

/** How well some groups, in the order of the file, stand from left to right; negative if not. */
function follows(groups: readonly number[], ranks: Float64Array): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const places = groups.map((group) => ranks[group] ?? 0);
  const [middle, middlePlace] = [mean(groups), mean(places)];
  return groups.reduce(
    (sum, group, index) => sum + (group - middle) * ((places[index] ?? 0) - middlePlace),
    0,
  );
}

/** The parts whose groups stand from right to left. */
function partsBackwards(
  { items }: Sheet,
  part: Int32Array,
  ranks: Float64Array,
): ReadonlySet<number> {
  const partOf = new Int32Array(ranks.length).fill(-1);
  items.groups.forEach((group, item) => {
    if (group !== NO_GROUP) partOf[group] = part[item] ?? -1;
  });
  const groups = new Map<number, number[]>();
  partOf.forEach((of, group) => {
    const known = groups.get(of);
    if (known === undefined) groups.set(of, [group]);
    else known.push(group);
  });
  return new Set([...groups].flatMap(([of, members]) => (follows(members, ranks) < 0 ? [of] : [])));
}

/** By item, the number of what it hangs together with, by lines and by groups. */
function partsOf({ items, pieces, spans }: Sheet): Int32Array {
  const parent = Int32Array.from({ length: items.count + spans.length }, (_, index) => index);
  const root = (index: number): number => {
    let top = index;
    while (parent[top] !== top) {
      parent[top] = parent[parent[top] ?? top] ?? top;
      top = parent[top] ?? top;
    }
    return top;
  };
  for (let piece = 0; piece < pieces.count; piece += 1)
    parent[root(pieces.uppers[piece] ?? 0)] = root(pieces.lowers[piece] ?? 0);
  items.groups.forEach((group, item) => {
    if (group !== NO_GROUP) parent[root(item)] = root(items.count + group);
  });
  return Int32Array.from({ length: items.count }, (_, item) => root(item));
}
