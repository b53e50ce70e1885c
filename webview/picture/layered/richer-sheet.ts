/**
 * Puts an order that was found over into a sheet of the same graph that has more in it: branches of
 * lines, and rows that are kept free below stages. What was ordered keeps its order, so these cost no
 * search; only lines are led anew around them.
 */
import { Arranger } from './arrange';
import type { FlatOrder } from './arrange';
import { placesIn } from './crossings';
import { ranksByPlace } from './group-ranks';
import { leadLines } from './lead-lines';
import { NO_GROUP } from './model';
import type { Sheet } from './model';
import { KeySorter } from './sort-by-key';

/** A sheet, and its items in their rows. */
export type OrderedSheet = {
  readonly sheet: Sheet;
  readonly arranger: Arranger;
  readonly order: FlatOrder;
};

/** Keys of what a row lacked lie between the places of what it had. */
const BETWEEN = 0.5;

export function orderedAlike(plain: OrderedSheet, sheet: Sheet): OrderedSheet {
  const arranger = new Arranger(sheet);
  const { starts } = arranger;
  const { items, rowCount } = sheet;
  const order = arranger.inRows(items.rows);
  const keys = new Keys(plain, sheet).all();
  const sorter = new KeySorter();
  for (let row = 0; row < rowCount; row += 1)
    sorter.sort(order, starts[row] ?? 0, starts[row + 1] ?? 0, keys);
  leadLines(sheet, starts, order, placesIn(order, starts));
  return { sheet, arranger, order };
}

/** Where the members of a group stand in a row. */
type Cell = { readonly group: number; first: number; last: number };

/** By item of the richer sheet, where it comes in the order of the plain one. */
class Keys {
  private readonly place: Int32Array;
  /** By row, its cells from left to right. */
  private readonly cells: readonly Cell[][];
  /** By net and row: its bend. */
  private readonly bends = new Map<number, number>();
  /** By group, its place in an order that all rows follow. */
  private readonly ranks: Int32Array;

  constructor(
    private readonly plain: OrderedSheet,
    private readonly sheet: Sheet,
  ) {
    const { sheet: before, arranger, order } = plain;
    this.place = placesIn(order, arranger.starts);
    this.cells = Array.from({ length: before.rowCount }, (_, row) =>
      cellsOf(before, order.subarray(arranger.starts[row], arranger.starts[row + 1])),
    );
    this.ranks = ranksInRows(
      this.cells.map((cells) => cells.map(({ group }) => group)),
      ranksByPlace(order, arranger, before.spans.length),
    );
    for (let item = before.items.vertices; item < before.items.count; item += 1)
      if (isBend(before, item)) this.bends.set(this.netAndRow(before, item), item);
  }

  all(): Float64Array {
    return Float64Array.from({ length: this.sheet.items.count }, (_, item) => this.keyOf(item));
  }

  private keyOf(item: number): number {
    const { sheet, place } = this;
    const { items } = sheet;
    if (item < items.vertices) return place[item] ?? 0;
    const row = items.rows[item] ?? 0;
    const group = items.groups[item] ?? NO_GROUP;
    if (isBend(sheet, item)) {
      const bend = this.bends.get(this.netAndRow(sheet, item));
      const of = bend === undefined ? undefined : this.plain.sheet.items.groups[bend];
      if (bend !== undefined && of === group) return place[bend] ?? 0;
    }
    const cell = this.cells[row]?.find((each) => each.group === group);
    if (cell === undefined) return this.keyOfCell(group, row);
    return isBend(sheet, item) ? cell.last + BETWEEN : cell.first;
  }

  /** Where a group comes in a row in which it did not stand: the fewest lines change their side of it. */
  private keyOfCell(group: number, row: number): number {
    const { plain, place, ranks } = this;
    const { starts } = plain.arranger;
    const rank = ranks[group] ?? 0;
    let low = 0;
    let high = (starts[row + 1] ?? 0) - (starts[row] ?? 0);
    for (const { group: other, first, last } of this.cells[row] ?? []) {
      if ((ranks[other] ?? 0) < rank) low = Math.max(low, last + 1);
      else high = Math.min(high, first);
    }
    const above = this.cells[row - 1]?.find((each) => each.group === group)?.last ?? 0;
    let best = low;
    let fewest = 0;
    let sum = 0;
    for (let at = low; at < high; at += 1) {
      const item = plain.order[(starts[row] ?? 0) + at] ?? 0;
      const piece = plain.sheet.up.starts[item] ?? 0;
      if (piece !== plain.sheet.up.starts[item + 1])
        sum += (place[plain.sheet.up.ends[piece] ?? 0] ?? 0) > above ? 1 : -1;
      if (sum >= fewest) continue;
      fewest = sum;
      best = at + 1;
    }
    // Of several that come to the same place each keeps its rank.
    return best - BETWEEN + (BETWEEN * (rank + 1)) / (ranks.length + 2);
  }

  private netAndRow({ items, pieces, up, rowCount }: Sheet, bend: number): number {
    const net = pieces.nets[up.pieces[up.starts[bend] ?? 0] ?? 0] ?? 0;
    return net * rowCount + (items.rows[bend] ?? 0);
  }
}

/** What is no vertex is a bend, or it keeps a row free for its group and nothing leads to it. */
const isBend = ({ items, up }: Sheet, item: number): boolean =>
  item >= items.vertices && up.starts[item] !== up.starts[item + 1];

function cellsOf({ items }: Sheet, row: Int32Array): Cell[] {
  const cells: Cell[] = [];
  row.forEach((item, at) => {
    const group = items.groups[item] ?? NO_GROUP;
    const last = cells.at(-1);
    if (group === NO_GROUP) return;
    if (last?.group === group) last.last = at;
    else cells.push({ group, first: at, last: at });
  });
  return cells;
}

/**
 * An order of groups that all rows follow: of those that may come next, the one that comes first by some
 * other order. There is one, because rows were ordered by ranks.
 */
function ranksInRows(rows: readonly (readonly number[])[], wish: Float64Array): Int32Array {
  const after = Array.from(wish, () => new Set<number>());
  for (const groups of rows)
    groups.slice(1).forEach((group, index) => after[groups[index] ?? 0]?.add(group));
  const waiting = Array.from(wish, () => 0);
  for (const groups of after)
    for (const group of groups) waiting[group] = (waiting[group] ?? 0) + 1;
  const free = [...wish.keys()].filter((group) => waiting[group] === 0);
  const ranks = new Int32Array(wish.length);
  for (let rank = 0; free.length > 0; rank += 1) {
    const next = free.reduce((best, group) =>
      (wish[group] ?? 0) < (wish[best] ?? 0) ? group : best,
    );
    free.splice(free.indexOf(next), 1);
    ranks[next] = rank;
    for (const group of after[next] ?? []) {
      waiting[group] = (waiting[group] ?? 0) - 1;
      if (waiting[group] === 0) free.push(group);
    }
  }
  return ranks;
}
