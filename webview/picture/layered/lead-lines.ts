/**
 * Leads lines that pass rows where they cross the fewest others: of all ways that one line can take
 * through its rows the best is found, exactly, while all else stays where it is. Sweeps move the bends
 * of a line one by one, and halfway to the better side of a stage is often worse.
 */
import type { FlatOrder } from './arrange';
import { NO_GROUP } from './model';
import type { Sheet } from './model';

/** Rounds over all lines, as long as one of them has found a better way. */
const ROUNDS = 3;
/** Pairs of places in two rows that may be looked at in all, so that large pictures stay quick. */
const BUDGET = 3_000_000;
/** What it counts, in crossings, that a line goes from one end of a row to the other end of the next. */
const SLANT = 1e-3;

/** Leads lines anew, those in a group inside of it and all others past groups, and keeps `place` in line with `order`. */
export function leadLines(
  sheet: Sheet,
  rowStarts: Int32Array,
  order: FlatOrder,
  place: Int32Array,
): void {
  const leader = new LineLeader(sheet, rowStarts, order, place);
  for (let round = 0; round < ROUNDS && leader.round(); round += 1);
}

/** A place is a number of items that stand before the line, which is not counted itself. */
class LineLeader {
  private work = 0;
  /** By place in the lower row: the pieces that end before it, of all and of those from before `p`. */
  private readonly ended: Int32Array;
  private readonly passed: Int32Array;
  /** By place, the crossings of the best way that leads there; Infinity where it may not stand. */
  private costs: Float64Array;
  private next: Float64Array;

  constructor(
    private readonly sheet: Sheet,
    private readonly rowStarts: Int32Array,
    private readonly order: FlatOrder,
    private readonly place: Int32Array,
  ) {
    let widest = 0;
    for (let row = 0; row < sheet.rowCount; row += 1) widest = Math.max(widest, this.width(row));
    this.ended = new Int32Array(widest + 1);
    this.passed = new Int32Array(widest + 1);
    this.costs = new Float64Array(widest + 1);
    this.next = new Float64Array(widest + 1);
  }

  /** @returns whether any line has found a better way */
  round(): boolean {
    const { items, up } = this.sheet;
    let better = false;
    for (let bend = items.vertices; bend < items.count && this.work < BUDGET;) {
      const first = bend;
      const piece = up.starts[first] ?? 0;
      bend += 1;
      // What only keeps a row free for its group is no bend.
      if (piece === up.starts[bend]) continue;
      // The bends of a line follow each other.
      while (bend < items.count && this.goesOn(bend - 1, bend)) bend += 1;
      if (this.lead(up.ends[piece] ?? 0, first, bend)) better = true;
    }
    return better;
  }

  /** Whether a line leads from a bend to the next one, which a branch into a group does not. */
  private goesOn(bend: number, next: number): boolean {
    const { items, up } = this.sheet;
    const piece = up.starts[next] ?? 0;
    return (
      piece !== up.starts[next + 1] &&
      up.ends[piece] === bend &&
      items.groups[next] === items.groups[bend]
    );
  }

  private width(row: number): number {
    return (this.rowStarts[row + 1] ?? 0) - (this.rowStarts[row] ?? 0);
  }

  /** Leads the line from `source` through the bends from `first` to before `end`. */
  private lead(source: number, first: number, end: number): boolean {
    const { place } = this;
    this.costs.fill(Infinity);
    this.costs[place[source] ?? 0] = 0;
    let now = 0;
    const ways: Int32Array[] = [];
    for (let bend = first; bend < end; bend += 1) {
      const upper = bend === first ? source : bend - 1;
      const way = new Int32Array(this.width(this.rowOf(bend)));
      now += this.passTo(bend, upper, way);
      now += this.branch(bend);
      ways.push(way);
    }
    let best = 0;
    for (let at = 1; at < this.width(this.rowOf(end - 1)); at += 1)
      if ((this.costs[at] ?? 0) < (this.costs[best] ?? 0)) best = at;
    // Less than a crossing is not worth a move.
    if ((this.costs[best] ?? 0) > now - 0.5) return false;
    for (let bend = end - 1; bend >= first; bend -= 1) {
      this.move(bend, best);
      best = ways[bend - first]?.[best] ?? 0;
    }
    return true;
  }

  private rowOf(item: number): number {
    return this.sheet.items.rows[item] ?? 0;
  }

  /**
   * Goes on from all places of `upper` to all places of the bend in the next row.
   * @param way is filled with the places that the best ways come from
   * @returns the crossings of the piece as it is now
   */
  private passTo(bend: number, upper: number, way: Int32Array): number {
    const { sheet, rowStarts, order, place, ended, passed, costs, next } = this;
    const { starts } = sheet.down;
    const row = this.rowOf(bend);
    const top = rowStarts[row - 1] ?? 0;
    const above = this.width(row - 1);
    const width = this.width(row);
    const [from, to] = [place[upper] ?? 0, place[bend] ?? 0];
    const group = sheet.items.groups[bend] ?? NO_GROUP;
    this.work += above * width;
    ended.fill(0);
    passed.fill(0);
    for (let at = top; at < top + above; at += 1) {
      const item = order[at] ?? 0;
      if (item !== upper) this.mark(ended, item, to);
    }
    for (let at = 1; at < width; at += 1) ended[at] = (ended[at] ?? 0) + (ended[at - 1] ?? 0);
    next.fill(Infinity);
    let before = 0;
    let now = 0;
    for (let p = 0; p < above; p += 1) {
      const cost = costs[p] ?? 0;
      if (cost < Infinity)
        for (let q = 0, inside = 0; q < width; q += 1) {
          inside += passed[q] ?? 0;
          const crossed = before + (ended[q] ?? 0) - 2 * inside;
          if (p === from && q === to) now = crossed;
          const sum = cost + crossed + SLANT * Math.abs((p + 0.5) / above - (q + 0.5) / width);
          if (sum >= (next[q] ?? 0) || !this.isFree(row, q, to, group)) continue;
          next[q] = sum;
          way[q] = p;
        }
      const item = order[top + p + (p < from ? 0 : 1)] ?? 0;
      if (p === above - 1) break;
      this.mark(passed, item, to);
      before += (starts[item + 1] ?? 0) - (starts[item] ?? 0);
    }
    this.costs = next;
    this.next = costs;
    return now;
  }

  /** Notes where the pieces of an item end, in a row from which the one at `without` is taken out. */
  private mark(counts: Int32Array, item: number, without: number): void {
    const { starts, ends } = this.sheet.down;
    for (let at = starts[item] ?? 0; at < (starts[item + 1] ?? 0); at += 1) {
      const end = this.place[ends[at] ?? 0] ?? 0;
      const after = end < without ? end + 1 : end;
      counts[after] = (counts[after] ?? 0) + 1;
    }
  }

  /**
   * Whether a bend of a group, or of none, may stand at a place in a row, itself taken out at `without`:
   * among its own, and not among those of another group.
   */
  private isFree(row: number, at: number, without: number, own: number): boolean {
    if (at === without) return true;
    const left = at === 0 ? NO_GROUP : this.groupAt(row, at <= without ? at - 1 : at);
    const right =
      at === this.width(row) - 1 ? NO_GROUP : this.groupAt(row, at < without ? at : at + 1);
    if (own !== NO_GROUP) return left === own || right === own;
    return left === NO_GROUP || left !== right;
  }

  private groupAt(row: number, at: number): number {
    return this.sheet.items.groups[this.order[(this.rowStarts[row] ?? 0) + at] ?? 0] ?? NO_GROUP;
  }

  /**
   * Adds what the users cross that leave the line at a bend.
   * @returns their crossings as they are now
   */
  private branch(bend: number): number {
    const { sheet, rowStarts, order, place, costs } = this;
    const { starts, ends } = sheet.down;
    const row = this.rowOf(bend);
    const start = rowStarts[row] ?? 0;
    const width = this.width(row);
    const here = place[bend] ?? 0;
    let now = 0;
    for (let branch = starts[bend] ?? 0; branch < (starts[bend + 1] ?? 0); branch += 1) {
      const user = ends[branch] ?? 0;
      // Where the line itself goes on is another question.
      if (user === bend + 1 && this.goesOn(bend, user)) continue;
      const target = place[user] ?? 0;
      let crossed = 0;
      for (let at = start; at < start + width; at += 1) {
        const item = order[at] ?? 0;
        if (item === bend) continue;
        for (let piece = starts[item] ?? 0; piece < (starts[item + 1] ?? 0); piece += 1)
          if ((place[ends[piece] ?? 0] ?? 0) < target) crossed += 1;
      }
      for (let at = 0; at < width; at += 1) {
        costs[at] = (costs[at] ?? 0) + crossed;
        if (at === here) now += crossed;
        if (at === width - 1) break;
        const item = order[start + at + (at < here ? 0 : 1)] ?? 0;
        for (let piece = starts[item] ?? 0; piece < (starts[item + 1] ?? 0); piece += 1)
          crossed += Math.sign((place[ends[piece] ?? 0] ?? 0) - target);
      }
      this.work += 2 * width;
    }
    return now;
  }

  private move(bend: number, to: number): void {
    const { order, place } = this;
    const start = this.rowStarts[this.rowOf(bend)] ?? 0;
    const from = place[bend] ?? 0;
    const step = Math.sign(to - from);
    for (let at = from; at !== to; at += step) {
      const item = order[start + at + step] ?? 0;
      order[start + at] = item;
      place[item] = at;
    }
    order[start + to] = bend;
    place[bend] = to;
  }
}
