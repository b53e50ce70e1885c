/**
 * Which lines branch inside of stages, once an order is found. A line that all users of a source share is
 * led past their stages, and each user leaves it by a piece of its own: of a stage with several users
 * each of these pieces crosses whatever stands between. Where that costs anything, the line leads to the
 * first user only, and a branch inside the stage leads on.
 */
import type { FlatOrder } from './arrange';
import { placesIn } from './crossings';
import { NO_GROUP } from './model';
import type { Link, Sheet, Vertex } from './model';
import type { OrderedSheet } from './richer-sheet';

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
