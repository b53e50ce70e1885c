/** In which order groups stand, worked out from where their members or their neighbours do. */
import type { Arranger, FlatOrder } from './arrange';
import { NO_GROUP } from './model';
import type { Sheet } from './model';

/** Groups by the average place of their members. */
export function ranksByPlace(
  order: FlatOrder,
  arranger: Arranger,
  groupCount: number,
): Float64Array {
  const { starts, groups } = arranger;
  const sums = new Float64Array(groupCount);
  const counts = new Float64Array(groupCount);
  for (let row = 0; row + 1 < starts.length; row += 1) {
    const from = starts[row] ?? 0;
    const to = starts[row + 1] ?? 0;
    for (let at = from; at < to; at += 1) {
      const group = groups[order[at] ?? 0] ?? NO_GROUP;
      if (group === NO_GROUP) continue;
      sums[group] = (sums[group] ?? 0) + (at - from + 0.5) / (to - from);
      counts[group] = (counts[group] ?? 0) + 1;
    }
  }
  return ranksFrom(sums.map((sum, group) => sum / Math.max(1, counts[group] ?? 1)));
}

/** Groups by where their neighbours outside stand. */
export function ranksByNeighbours(
  { pieces }: Sheet,
  order: FlatOrder,
  ranks: Float64Array,
  { starts, groups }: Arranger,
): Float64Array {
  const share = new Float64Array(order.length);
  for (let row = 0; row + 1 < starts.length; row += 1) {
    const from = starts[row] ?? 0;
    const to = starts[row + 1] ?? 0;
    for (let at = from; at < to; at += 1) share[order[at] ?? 0] = (at - from + 0.5) / (to - from);
  }
  const sums = new Float64Array(ranks.length);
  const counts = new Float64Array(ranks.length);
  const count = (group: number, neighbour: number): void => {
    if (group === NO_GROUP) return;
    sums[group] = (sums[group] ?? 0) + (share[neighbour] ?? 0);
    counts[group] = (counts[group] ?? 0) + 1;
  };
  for (let piece = 0; piece < pieces.count; piece += 1) {
    const upper = pieces.uppers[piece] ?? 0;
    const lower = pieces.lowers[piece] ?? 0;
    const from = groups[upper] ?? NO_GROUP;
    const to = groups[lower] ?? NO_GROUP;
    if (from === to) continue;
    count(from, lower);
    count(to, upper);
  }
  const last = Math.max(1, ranks.length - 1);
  return ranksFrom(
    ranks.map((rank, group) =>
      (counts[group] ?? 0) === 0 ? rank / last : (sums[group] ?? 0) / (counts[group] ?? 1),
    ),
  );
}

/** Places from 0 on in the order of the values; equal ones keep theirs. */
export function ranksFrom(values: Float64Array): Float64Array {
  const sorted = Array.from(values.keys()).sort(
    (a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b,
  );
  const ranks = new Float64Array(values.length);
  sorted.forEach((group, rank) => {
    ranks[group] = rank;
  });
  return ranks;
}
