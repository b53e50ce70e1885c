/**
 * Sorts rows by keys under the one rule that orders obey: members of a group stand together, and
 * groups stand in the order of their ranks.
 *
 * How many items a row has, and how many of each group, never changes while a picture is laid
 * out. So rows lie one after the other in one flat list, and everything that sorting needs is made
 * once.
 */
import { Isotonic } from './isotonic';
import { NO_GROUP } from './model';
import type { Sheet } from './model';
import { KeySorter } from './sort-by-key';

/** Items row by row; row `r` lies from `starts[r]` to before `starts[r + 1]`. */
export type FlatOrder = Int32Array;

export class Arranger {
  /** By row, where it starts in a {@link FlatOrder}. */
  readonly starts: Int32Array;
  /** By item, its group. */
  readonly groups: Int32Array;
  /** A cell is the members of one group in one row: by item, or {@link NO_GROUP}. */
  private readonly cellOf: Int32Array;
  /** By row, its first cell: the cells of a row follow each other. */
  private readonly cells: Int32Array;
  private readonly cellGroups: Int32Array;
  private readonly cellSizes: Int32Array;
  /** The cells of each row from left to right. */
  private readonly sorted: Int32Array;
  private readonly scratch: Int32Array;
  private readonly fill: Int32Array;
  /** Where single items begin in the scratch. */
  private singles = 0;
  private readonly wishes: Float64Array;
  private readonly weights: Float64Array;
  private readonly isotonic = new Isotonic();
  private readonly sorter = new KeySorter();

  constructor(sheet: Sheet) {
    const { items, rowCount } = sheet;
    const { count, rows } = items;
    this.groups = items.groups;
    this.starts = new Int32Array(rowCount + 1);
    for (const row of rows) this.starts[row + 1] = (this.starts[row + 1] ?? 0) + 1;
    for (let row = 0; row < rowCount; row += 1)
      this.starts[row + 1] = (this.starts[row + 1] ?? 0) + (this.starts[row] ?? 0);
    // Items by row and then by group: equal neighbours make a cell.
    const byCell = Int32Array.from({ length: count }, (_, item) => item);
    const keys = new Float64Array(count);
    for (let item = 0; item < count; item += 1)
      keys[item] = (rows[item] ?? 0) * 1e6 + (items.groups[item] ?? 0);
    this.sorter.sort(byCell, 0, count, keys);
    this.cellOf = new Int32Array(count).fill(NO_GROUP);
    this.cells = new Int32Array(rowCount + 1);
    const groups: number[] = [];
    const sizes: number[] = [];
    let last = -1;
    let row = 0;
    for (const item of byCell) {
      const group = items.groups[item] ?? NO_GROUP;
      if (group === NO_GROUP) continue;
      const key = keys[item] ?? 0;
      if (key !== last) {
        for (; row < (rows[item] ?? 0); row += 1) this.cells[row + 1] = groups.length;
        groups.push(group);
        sizes.push(0);
        last = key;
      }
      this.cellOf[item] = groups.length - 1;
      sizes[groups.length - 1] = (sizes.at(-1) ?? 0) + 1;
    }
    for (; row < rowCount; row += 1) this.cells[row + 1] = groups.length;
    this.cellGroups = Int32Array.from(groups);
    this.cellSizes = Int32Array.from(sizes);
    this.sorted = Int32Array.from(groups.keys());
    this.fill = new Int32Array(groups.length);
    this.wishes = new Float64Array(groups.length);
    this.weights = new Float64Array(groups.length);
    this.scratch = new Int32Array(count);
  }

  /** All items row by row, in the order of their numbers. @param rows by item */
  inRows(rows: Int32Array): FlatOrder {
    const order = new Int32Array(rows.length);
    const filled = Int32Array.from(this.starts);
    rows.forEach((row, item) => {
      const at = filled[row] ?? 0;
      order[at] = item;
      filled[row] = at + 1;
    });
    return order;
  }

  get rowCount(): number {
    return this.starts.length - 1;
  }

  /** Says in which order groups stand from now on. @param ranks by group, its place */
  rank(ranks: Float64Array): void {
    const { sorted, cells, cellGroups } = this;
    for (let row = 0; row < this.rowCount; row += 1) {
      const first = cells[row] ?? 0;
      // Exchanges hardly change the order, so insertion is the fastest.
      for (let at = first + 1; at < (cells[row + 1] ?? 0); at += 1) {
        const cell = sorted[at] ?? 0;
        const rank = ranks[cellGroups[cell] ?? 0] ?? 0;
        let to = at;
        for (; to > first; to -= 1) {
          const before = sorted[to - 1] ?? 0;
          if ((ranks[cellGroups[before] ?? 0] ?? 0) <= rank) break;
          sorted[to] = before;
        }
        sorted[to] = cell;
      }
    }
  }

  /** Sorts one row of `order` by the keys of its items. */
  arrange(order: FlatOrder, row: number, keys: Float64Array): void {
    const cells = (this.cells[row + 1] ?? 0) - (this.cells[row] ?? 0);
    if (cells === 0) {
      this.sorter.sort(order, this.starts[row] ?? 0, this.starts[row + 1] ?? 0, keys);
      return;
    }
    this.collect(order, row);
    this.sortStretches(row, keys);
    this.isotonic.fit(this.wishes, this.weights, cells);
    this.weave(order, row, keys);
  }

  /** Gives each cell its stretch of the scratch, from left to right; single items follow. */
  private collect(order: FlatOrder, row: number): void {
    const { cellOf, cellSizes, sorted, scratch, fill } = this;
    let end = 0;
    for (let index = this.cells[row] ?? 0; index < (this.cells[row + 1] ?? 0); index += 1) {
      const cell = sorted[index] ?? 0;
      fill[cell] = end;
      end += cellSizes[cell] ?? 0;
    }
    for (let at = this.starts[row] ?? 0; at < (this.starts[row + 1] ?? 0); at += 1) {
      const item = order[at] ?? 0;
      const cell = cellOf[item] ?? NO_GROUP;
      if (cell === NO_GROUP) {
        scratch[end] = item;
        end += 1;
      } else {
        const place = fill[cell] ?? 0;
        scratch[place] = item;
        fill[cell] = place + 1;
      }
    }
  }

  /** Sorts cells and single items, each on its own, and says where cells would like to stand. */
  private sortStretches(row: number, keys: Float64Array): void {
    const { cellSizes, sorted, scratch, wishes, weights } = this;
    const first = this.cells[row] ?? 0;
    const count = (this.cells[row + 1] ?? 0) - first;
    const end = (this.starts[row + 1] ?? 0) - (this.starts[row] ?? 0);
    let start = 0;
    for (let index = 0; index <= count; index += 1) {
      const size = index === count ? end - start : (cellSizes[sorted[first + index] ?? 0] ?? 1);
      this.sorter.sort(scratch, start, start + size, keys);
      if (index === count) break;
      let sum = 0;
      for (let at = start; at < start + size; at += 1) sum += keys[scratch[at] ?? 0] ?? 0;
      wishes[index] = sum / size;
      weights[index] = size;
      start += size;
    }
    this.singles = start;
  }

  /** Groups keep their ranks; within that, each comes as near to its members' wishes as possible. */
  private weave(order: FlatOrder, row: number, keys: Float64Array): void {
    const { scratch, wishes, weights } = this;
    const count = (this.cells[row + 1] ?? 0) - (this.cells[row] ?? 0);
    const from = this.starts[row] ?? 0;
    const end = (this.starts[row + 1] ?? 0) - from;
    let at = from;
    let single = this.singles;
    let member = 0;
    for (let index = 0; index <= count; index += 1) {
      const wish = index === count ? Infinity : (wishes[index] ?? 0);
      for (; single < end; single += 1) {
        const item = scratch[single] ?? 0;
        if ((keys[item] ?? 0) >= wish) break;
        order[at] = item;
        at += 1;
      }
      if (index === count) break;
      for (let size = weights[index] ?? 0; size > 0; size -= 1) {
        order[at] = scratch[member] ?? 0;
        at += 1;
        member += 1;
      }
    }
  }
}
