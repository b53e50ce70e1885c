/**
 * Looks for an order with fewer crossings than sweeps alone find: groups are sifted, and then again
 * and again two of them are put somewhere else, what follows from that is sifted too, and kept where
 * it is no worse. Chance is drawn from a fixed sequence, so the same graph always looks the same.
 */
import type { Ordering, Sweeper } from './sweeper';

/** Smaller pictures are improved before they are seen at all, with few tries. */
export const SMALL = 150;
const FEW_TRIES = 4;
/** In larger pictures nobody sees the difference, and a single try takes long. */
export const MOST_IMPROVED = 6000;
/** Rounds of sifting at first, as long as each is of use. */
const SIFTINGS = 6;
/** Sweeps after groups have moved. */
const SWEEPS = 2;
/** Groups that are moved at a time. */
const MOVED = 2;
const MOST_TRIES = 200;
/** Items that may be looked at in all tries together. */
const WORK = 150_000;

/** Only groups are moved, and only for the sake of lines that cross. */
export const canImprove = ({ ranks, crossings }: Ordering): boolean =>
  crossings > 0 && ranks.length > 1;

export function improved(start: Ordering, sweeper: Sweeper): Ordering {
  if (!canImprove(start)) return start;
  let best = start;
  let from: Ordering | undefined = start;
  for (let round = 0; round < SIFTINGS; round += 1) {
    from = sweeper.sift(from, SWEEPS);
    if (from === undefined) break;
    if (from.crossings < best.crossings) best = from;
  }
  const pick = picker();
  const items = start.order.length;
  const tries = items <= SMALL ? FEW_TRIES : Math.min(MOST_TRIES, WORK / items);
  for (let round = 0; round < tries && best.crossings > 0; round += 1) {
    const moved = sweeper.sweep(best.order, elsewhere(best.ranks, pick), SWEEPS);
    const tried = sweeper.sift(moved, SWEEPS) ?? moved;
    if (tried.crossings <= best.crossings) best = tried;
  }
  return sweeper.lead(best);
}

type Pick = (count: number) => number;

/** The ranks after some groups, drawn by chance, have moved to places that are drawn too. */
function elsewhere(ranks: Float64Array, pick: Pick): Float64Array {
  const queue = Array.from(ranks);
  ranks.forEach((rank, group) => (queue[rank] = group));
  for (let count = 0; count < MOVED; count += 1) {
    const [group] = queue.splice(pick(queue.length), 1);
    if (group !== undefined) queue.splice(pick(queue.length + 1), 0, group);
  }
  const next = new Float64Array(ranks.length);
  queue.forEach((group, rank) => (next[group] = rank));
  return next;
}

/** Numbers from 0 to below `count`: a linear congruential sequence, of which the upper bits count. */
function picker(): Pick {
  let state = 12345;
  return (count) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * count);
  };
}
