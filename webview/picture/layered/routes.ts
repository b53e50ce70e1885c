/**
 * How far the rows are apart, and the corners of the edges between them. Lines go straight along
 * and turn at right angles in the channel between two rows, each net on a track of its own where
 * it would lie on another's.
 */
import type { Sheet } from './model';

export type Channel = {
  /** By net: the track that its crosswise line lies on. */
  readonly tracks: ReadonlyMap<number, number>;
  readonly count: number;
  /** True where there are too many lines for tracks; they go straight from port to port. */
  readonly slanted: boolean;
};

/** Above so many nets between two rows, lines are too many to be told apart by tracks. */
const MOST_NETS = 140;
/** Closer than this, a crosswise line is no line. */
const STRAIGHT = 0.75;

type Net = { readonly net: number; readonly start: number; low: number; high: number };

/** The channel below every row. */
export function channelsOf(sheet: Sheet, middles: Float64Array): readonly Channel[] {
  const nets = Array.from({ length: sheet.rowCount }, () => new Map<number, Net>());
  const { pieces, items } = sheet;
  for (let piece = 0; piece < pieces.count; piece += 1) {
    const upper = pieces.uppers[piece] ?? 0;
    const start = (middles[upper] ?? 0) + (pieces.outs[piece] ?? 0);
    const end = (middles[pieces.lowers[piece] ?? 0] ?? 0) + (pieces.ins[piece] ?? 0);
    if (Math.abs(end - start) <= STRAIGHT) continue;
    const net = pieces.nets[piece] ?? 0;
    const row = nets[items.rows[upper] ?? 0];
    const known = row?.get(net);
    if (known === undefined)
      row?.set(net, { net, start, low: Math.min(start, end), high: Math.max(start, end) });
    else {
      known.low = Math.min(known.low, end);
      known.high = Math.max(known.high, end);
    }
  }
  return nets.map((row) => {
    const bent = [...row.values()];
    if (bent.length > MOST_NETS) return { tracks: new Map(), count: 6, slanted: true };
    return assignTracks(bent);
  });
}

/**
 * Lines to the right take the upper tracks from the rightmost on, lines to the left from the
 * leftmost on: so no two lines of one direction cross that need not.
 */
function assignTracks(nets: readonly Net[]): Channel {
  const goesRight = ({ start, low, high }: Net): boolean => high - start >= start - low;
  const right = nets.filter(goesRight).sort((a, b) => b.start - a.start || b.high - a.high);
  const left = nets.filter((net) => !goesRight(net)).sort((a, b) => a.start - b.start);
  const taken: Net[][] = [];
  const tracks = new Map<number, number>();
  for (const list of [right, left]) {
    const placed: { readonly net: Net; readonly track: number }[] = [];
    for (const net of list) {
      let track = 0;
      for (const other of placed)
        if (other.track >= track && meets(other.net, net)) track = other.track + 1;
      while (taken[track]?.some((other) => meets(other, net)) === true) track += 1;
      (taken[track] ??= []).push(net);
      tracks.set(net.net, track);
      placed.push({ net, track });
    }
  }
  return { tracks, count: taken.length, slanted: false };
}

const CLEAR = 6;
const meets = (a: Net, b: Net): boolean => a.low < b.high + CLEAR && b.low < a.high + CLEAR;
