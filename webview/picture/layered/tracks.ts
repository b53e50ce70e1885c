/** Which track of a channel the crosswise line of each net lies on, so that few lines cross there. */

/** Lines that leave one port: down to their track, across, and down to each of their ends. */
export type Net = {
  readonly net: number;
  readonly start: number;
  readonly ends: number[];
  /** How far it goes across. */
  low: number;
  high: number;
};

export type Tracks = {
  /** By net: its track, from above. */
  readonly tracks: ReadonlyMap<number, number>;
  readonly count: number;
};

/** Of more nets the order is not improved, so that large pictures stay quick. */
const MOST_SIFTED = 60;
const ROUNDS = 3;
/** Lines on one track are so many pixels apart. */
const CLEAR = 6;

export function assignTracks(nets: readonly Net[]): Tracks {
  const start = ordered(nets);
  const order = nets.length > MOST_SIFTED ? start : sifted(start);
  const placed: { readonly net: Net; readonly track: number }[] = [];
  const tracks = new Map<number, number>();
  let count = 0;
  for (const net of order) {
    let track = 0;
    for (const other of placed)
      if (other.track >= track && meets(other.net, net)) track = other.track + 1;
    placed.push({ net, track });
    tracks.set(net.net, track);
    count = Math.max(count, track + 1);
  }
  return { tracks, count };
}

const meets = (a: Net, b: Net): boolean => a.low < b.high + CLEAR && b.low < a.high + CLEAR;

/** Lines to the right from the rightmost on, then lines to the left from the leftmost on. */
function ordered(nets: readonly Net[]): readonly Net[] {
  const goesRight = ({ start, low, high }: Net): boolean => high - start >= start - low;
  const right = nets.filter(goesRight).sort((a, b) => b.start - a.start || b.high - a.high);
  const left = nets.filter((net) => !goesRight(net)).sort((a, b) => a.start - b.start);
  return [...right, ...left];
}

/** Moves each net to where it crosses the fewest others, as long as that helps. */
function sifted(start: readonly Net[]): readonly Net[] {
  const order = [...start];
  for (let round = 0; round < ROUNDS; round += 1) {
    let better = false;
    for (const net of start) if (moveToBest(order, net)) better = true;
    if (!better) break;
  }
  return order;
}

function moveToBest(order: Net[], net: Net): boolean {
  const at = order.indexOf(net);
  let best = at;
  let fewest = 0;
  for (const step of [-1, 1]) {
    let change = 0;
    for (let to = at + step; to >= 0 && to < order.length; to += step) {
      const other = order[to];
      if (other === undefined) break;
      change += (crossings(net, other) - crossings(other, net)) * -step;
      if (change >= fewest) continue;
      fewest = change;
      best = to;
    }
  }
  if (best === at) return false;
  order.splice(at, 1);
  order.splice(best, 0, net);
  return true;
}

/** Where two nets cross if one lies above the other. */
function crossings(upper: Net, lower: Net): number {
  let count = upper.low < lower.start && lower.start < upper.high ? 1 : 0;
  for (const end of upper.ends) if (lower.low < end && end < lower.high) count += 1;
  return count;
}
