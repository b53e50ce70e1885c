/**
 * How much of a card is written out at a distance. From further away a card keeps only its title, in
 * letters that are larger in the picture, so that they stay readable on screen.
 */
export type Reading = {
  readonly name: 'near' | 'far' | 'farther';
  /** How much larger than near the title is set. */
  readonly scale: number;
};

export const NEAR: Reading = { name: 'near', scale: 1 };

/** Shown from each zoom on, the nearest first. */
const readings: readonly { readonly from: number; readonly reading: Reading }[] = [
  { from: 0.68, reading: NEAR },
  { from: 0.56, reading: { name: 'far', scale: 1.25 } },
  { from: 0.46, reading: { name: 'far', scale: 1.5 } },
  { from: 0.36, reading: { name: 'farther', scale: 1.8 } },
  { from: 0, reading: { name: 'farther', scale: 2.2 } },
];

/** The reading for a zoom; files are read near. */
export function readingAt(zoom: number): Reading {
  return readings.find(({ from }) => zoom >= from)?.reading ?? NEAR;
}
