/**
 * How far the rows are apart, and the corners of the edges between them. Lines go straight along
 * and turn at right angles in the channel between two rows, each net on a track of its own where
 * it would lie on another's.
 */
import type { Sheet } from './model';
import { assignTracks } from './tracks';
import type { Net } from './tracks';

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
      row?.set(net, {
        net,
        start,
        ends: [end],
        low: Math.min(start, end),
        high: Math.max(start, end),
      });
    else {
      known.ends.push(end);
      known.low = Math.min(known.low, end);
      known.high = Math.max(known.high, end);
    }
  }
  return nets.map((row) => {
    const bent = [...row.values()];
    if (bent.length > MOST_NETS) return { tracks: new Map(), count: 6, slanted: true };
    return { ...assignTracks(bent), slanted: false };
  });
}
