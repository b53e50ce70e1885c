/**
 * Which lines branch inside of stages, once an order is found. A line that all users of a source share is
 * led past their stages, and each user leaves it by a piece of its own: of a stage with several users
 * each of these pieces crosses whatever stands between. Where that costs anything, the line leads to the
 * first user only, and a branch inside the stage leads on.
 *
 * Nodes keep their order: branches are seen in the picture alone, and lines are led anew around them.
 */
import { Arranger } from './arrange';
import type { FlatOrder } from './arrange';
import { placesIn } from './crossings';
import { leadLines } from './lead-lines';
import { NO_GROUP } from './model';
import type { Link, Sheet, Vertex } from './model';
import { KeySorter } from './sort-by-key';

/** A sheet, and its items in their rows. */
export type OrderedSheet = {
  readonly sheet: Sheet;
  readonly arranger: Arranger;
  readonly order: FlatOrder;
};

/** The links that would hang on a branch, among those of a sheet that has none. */
export function branchingLinks(
  { sheet, arranger: { starts }, order }: OrderedSheet,
  vertices: readonly Vertex[],
  links: readonly Link[],
): ReadonlySet<number> {
  const place = placesIn(order, starts);
  const byStage = new Map<string, number[]>();
  links.forEach(({ from, to, kind }, index) => {
    const group = vertices[to]?.group ?? NO_GROUP;
    if (group === NO_GROUP || group === vertices[from]?.group) return;
    const key = `${kind} ${from} ${group}`;
    const known = byStage.get(key);
    if (known === undefined) byStage.set(key, [index]);
    else known.push(index);
  });
  const branching = new Set<number>();
  const rowOf = (index: number): number => sheet.items.rows[links[index]?.to ?? 0] ?? 0;
  for (const members of byStage.values()) {
    if (members.length < 2) continue;
    const first = Math.min(...members.map(rowOf));
    const crosses = (index: number): boolean =>
      rowOf(index) > first && crossingsOf(sheet, order, starts, place, sheet.lasts[index] ?? 0) > 0;
    if (members.some(crosses)) for (const index of members) branching.add(index);
  }
  return branching;
}

/** How many others a piece crosses. */
function crossingsOf(
  { pieces, down, items }: Sheet,
  order: FlatOrder,
  starts: Int32Array,
  place: Int32Array,
  piece: number,
): number {
  const upper = pieces.uppers[piece] ?? 0;
  const row = items.rows[upper] ?? 0;
  const here = place[upper] ?? 0;
  const end = place[pieces.lowers[piece] ?? 0] ?? 0;
  let count = 0;
  for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1) {
    const item = order[at] ?? 0;
    const side = Math.sign((place[item] ?? 0) - here);
    for (let other = down.starts[item] ?? 0; other < (down.starts[item + 1] ?? 0); other += 1)
      if (Math.sign((place[down.ends[other] ?? 0] ?? 0) - end) * side < 0) count += 1;
  }
  return count;
}

/**
 * The same graph in a sheet with branches: each begins at the right end of its stage, and then lines are
 * led where they cross the least.
 */
export function withBranches(
  { sheet: plain, arranger: { starts: plainStarts }, order }: OrderedSheet,
  sheet: Sheet,
): OrderedSheet {
  const arranger = new Arranger(sheet);
  const { starts } = arranger;
  const place = placesIn(order, plainStarts);
  const { items, up, pieces, rowCount } = sheet;
  // By row: bends by their net, and what stands furthest right of each group.
  const bends = new Map<number, number>();
  const ends = new Map<number, number>();
  for (let item = 0; item < plain.items.count; item += 1) {
    const row = plain.items.rows[item] ?? 0;
    const here = place[item] ?? 0;
    const group = plain.items.groups[item] ?? NO_GROUP;
    const end = group * rowCount + row;
    if (group !== NO_GROUP && here >= (ends.get(end) ?? 0)) ends.set(end, here);
    const piece = plain.up.pieces[plain.up.starts[item] ?? 0] ?? 0;
    if (item >= plain.items.vertices && plain.up.starts[item] !== plain.up.starts[item + 1])
      bends.set((plain.pieces.nets[piece] ?? 0) * rowCount + row, item);
  }
  const keyOf = (item: number): number => {
    if (item < items.vertices) return place[item] ?? 0;
    const row = items.rows[item] ?? 0;
    const group = items.groups[item] ?? NO_GROUP;
    const end = ends.get(group * rowCount + row) ?? 0;
    // What only keeps a row free for its group stands there alone.
    if (up.starts[item] === up.starts[item + 1]) return end;
    const net = pieces.nets[up.pieces[up.starts[item] ?? 0] ?? 0] ?? 0;
    const bend = bends.get(net * rowCount + row);
    return bend !== undefined && plain.items.groups[bend] === group
      ? (place[bend] ?? 0)
      : end + 0.5;
  };
  const keys = Float64Array.from({ length: items.count }, (_, item) => keyOf(item));
  const next = new Int32Array(items.count);
  const filled = Int32Array.from(starts);
  items.rows.forEach((row, item) => {
    const at = filled[row] ?? 0;
    next[at] = item;
    filled[row] = at + 1;
  });
  const sorter = new KeySorter();
  for (let row = 0; row < rowCount; row += 1)
    sorter.sort(next, starts[row] ?? 0, starts[row + 1] ?? 0, keys);
  leadLines(sheet, starts, next, placesIn(next, starts));
  return { sheet, arranger, order: next };
}
