/**
 * Finds texts on which the parser takes more than linear time: the same text repeated many times
 * must take about as many times as long.
 */
import { parse } from '../../language-server/dockerfile';
import { corpus } from './corpus';
import { mutate } from './mutate';
import { randomOf } from './random';

const small = 20_000;
const growth = 8;

export type Growth = { readonly text: string; readonly ratio: number };

/** The texts whose parsing grows the most, worst first; a ratio of 1 is exactly linear. */
export function growths(seed: number, inputs: number): readonly Growth[] {
  const random = randomOf(seed);
  const seeds = corpus();
  const found: Growth[] = [];
  for (let count = 0; count < inputs; count++) {
    const { text } = seeds[random(seeds.length)] ?? { text: '' };
    const other = seeds[random(seeds.length)]?.text ?? '';
    const broken = mutate(mutate(text, other, random), other, random);
    if (broken === '') continue;
    const base = broken.repeat(Math.ceil(small / broken.length));
    const ratio = best(base.repeat(growth)) / Math.max(best(base), 0.2) / growth;
    found.push({ text: broken, ratio });
  }
  return found.sort((a, b) => b.ratio - a.ratio);
}

/** Milliseconds, the best of three. */
function best(text: string): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    parse(text);
    return performance.now() - start;
  });
  return Math.min(...times);
}
