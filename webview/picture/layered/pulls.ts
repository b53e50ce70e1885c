/** The pulls between bodies: `b` would like to stand `apart` right of `a`, so that a line is straight. */
import type { Columns } from './alignment';
import type { Sheet } from './model';

export type Pulls = {
  readonly count: number;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly apart: Float64Array;
  readonly weights: Float64Array;
};

export function pullsOf({ pieces }: Sheet, { column, shift }: Columns): Pulls {
  const a = new Int32Array(pieces.count);
  const b = new Int32Array(pieces.count);
  const apart = new Float64Array(pieces.count);
  const weights = new Float64Array(pieces.count);
  let count = 0;
  for (let piece = 0; piece < pieces.count; piece += 1) {
    const upper = pieces.uppers[piece] ?? 0;
    const lower = pieces.lowers[piece] ?? 0;
    const from = column[upper] ?? 0;
    const to = column[lower] ?? 0;
    if (from === to) continue;
    a[count] = from;
    b[count] = to;
    apart[count] =
      (shift[upper] ?? 0) +
      (pieces.outs[piece] ?? 0) -
      (shift[lower] ?? 0) -
      (pieces.ins[piece] ?? 0);
    weights[count] = 1 + (pieces.straightness[piece] ?? 0);
    count += 1;
  }
  return {
    count,
    a: a.subarray(0, count),
    b: b.subarray(0, count),
    apart: apart.subarray(0, count),
    weights: weights.subarray(0, count),
  };
}
