/** Random numbers that a seed repeats. */
export type Random = (below: number) => number;

/** @param seed any integer; equal seeds give equal numbers */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  // Mulberry32: small, fast and good enough to choose by.
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}
