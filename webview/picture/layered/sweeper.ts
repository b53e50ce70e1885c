/**
 * Sweeps over the rows: each puts every item at the barycentre or the median of its neighbours in the
 * row before, and of all orders that come up the one with the fewest crossings is kept.
 */
import type { Arranger, FlatOrder } from './arrange';
import { CrossingCounter, placesIn, writePlaces } from './crossings';
import { leadLines } from './lead-lines';
import { GroupSifter } from './sift-groups';
import type { Ends, Sheet } from './model';

/** So many sweeps without gain end the search. */
const PATIENCE = 3;

/** An order, and by group the rank that it has there. */
export type Ordering = {
  readonly order: FlatOrder;
  readonly ranks: Float64Array;
  readonly crossings: number;
};

/** Repeats passes over the rows; what it needs for them is made once. */
export class Sweeper {
  private readonly keys: Float64Array;
  private readonly counter: CrossingCounter;
  private medians = new Int32Array(64);

  constructor(
    private readonly arranger: Arranger,
    private readonly sheet: Sheet,
  ) {
    this.keys = new Float64Array(arranger.groups.length);
    this.counter = new CrossingCounter(sheet.down, arranger.starts);
  }

  sweep(start: FlatOrder, ranks: Float64Array, most: number): Ordering {
    const { arranger, keys } = this;
    const { starts, rowCount } = arranger;
    const first = placesIn(start, starts);
    for (let item = 0; item < keys.length; item += 1) keys[item] = first[item] ?? 0;
    arranger.rank(ranks);
    const order = Int32Array.from(start);
    for (let row = 0; row < rowCount; row += 1) arranger.arrange(order, row, keys);
    const place = placesIn(order, starts);
    const best = Int32Array.from(order);
    let fewest = this.counter.count(order, place);
    let without = 0;
    for (let round = 0; round < most && fewest > 0 && without < PATIENCE; round += 1) {
      const downwards = round % 2 === 0;
      for (let step = 1; step < rowCount; step += 1) {
        const row = downwards ? step : rowCount - 1 - step;
        this.pass(order, row, place, downwards, round % 4 >= 2);
        writePlaces(order, starts, row, place);
      }
      const count = this.counter.count(order, place, fewest);
      if (count < fewest) {
        best.set(order);
        fewest = count;
        without = 0;
      } else without += 1;
    }
    return { order: best, ranks, crossings: fewest };
  }

  /**
   * Tries other places for each group, and sweeps anew.
   * @returns undefined where no group stands better elsewhere
   */
  sift(from: Ordering, most: number): Ordering | undefined {
    const { starts } = this.arranger;
    const order = Int32Array.from(from.order);
    const sifter = new GroupSifter(this.sheet, starts, order, placesIn(order, starts));
    const { ranks, better } = sifter.sift(from.ranks);
    return better ? this.sweep(order, ranks, most) : undefined;
  }

  /** Leads lines past groups anew. */
  lead(from: Ordering): Ordering {
    const { starts } = this.arranger;
    const order = Int32Array.from(from.order);
    const place = placesIn(order, starts);
    leadLines(this.sheet, starts, order, place);
    const crossings = this.counter.count(order, place);
    return { order, ranks: from.ranks, crossings };
  }

  /** Puts the items of a row at the middle of their neighbours in the row before it. */
  private pass(
    order: FlatOrder,
    row: number,
    place: Int32Array,
    downwards: boolean,
    median: boolean,
  ): void {
    const side = downwards ? this.sheet.up : this.sheet.down;
    const other = downwards ? row - 1 : row + 1;
    if (median) this.wishMedians(order, row, other, side, place);
    else this.wishMeans(order, row, other, side, place);
    this.arranger.arrange(order, row, this.keys);
  }

  /** The items of a row would like to stand at the mean place of their neighbours. */
  private wishMeans(
    order: FlatOrder,
    row: number,
    other: number,
    { starts, ends }: Ends,
    place: Int32Array,
  ): void {
    const { keys } = this;
    const rows = this.arranger.starts;
    const from = rows[row] ?? 0;
    const to = rows[row + 1] ?? 0;
    for (let at = from; at < to; at += 1) {
      const item = order[at] ?? 0;
      const first = starts[item] ?? 0;
      const last = starts[item + 1] ?? 0;
      let sum = 0;
      for (let end = first; end < last; end += 1) sum += place[ends[end] ?? 0] ?? 0;
      keys[item] = last > first ? sum / (last - first) : this.shareOf(at, row, other);
    }
  }

  /**
   * The items of a row would like to stand at the median place of their neighbours. Apart from
   * {@link wishMeans}, so that V8 need not compile that anew when the first medians are asked for.
   */
  private wishMedians(
    order: FlatOrder,
    row: number,
    other: number,
    side: Ends,
    place: Int32Array,
  ): void {
    const { keys } = this;
    const rows = this.arranger.starts;
    for (let at = rows[row] ?? 0; at < (rows[row + 1] ?? 0); at += 1) {
      const item = order[at] ?? 0;
      const count = (side.starts[item + 1] ?? 0) - (side.starts[item] ?? 0);
      const medians = this.sorted(side, place, item);
      const half = count >> 1;
      const right = medians[half] ?? 0;
      if (count === 0) keys[item] = this.shareOf(at, row, other);
      else keys[item] = count % 2 === 1 ? right : ((medians[half - 1] ?? 0) + right) / 2;
    }
  }

  /** An item without neighbours keeps its share of the row. */
  private shareOf(at: number, row: number, other: number): number {
    const { starts } = this.arranger;
    const from = starts[row] ?? 0;
    const width = (starts[row + 1] ?? 0) - from;
    return ((at - from + 0.5) / width) * ((starts[other + 1] ?? 0) - (starts[other] ?? 0));
  }

  /** The places of an item's neighbours from left to right. */
  private sorted({ starts, ends }: Ends, place: Int32Array, item: number): Int32Array {
    const first = starts[item] ?? 0;
    const count = (starts[item + 1] ?? 0) - first;
    if (this.medians.length < count) this.medians = new Int32Array(2 * count);
    const { medians } = this;
    for (let at = 0; at < count; at += 1) {
      const key = place[ends[first + at] ?? 0] ?? 0;
      let to = at;
      for (; to > 0 && (medians[to - 1] ?? 0) > key; to -= 1) medians[to] = medians[to - 1] ?? 0;
      medians[to] = key;
    }
    return medians;
  }
}
