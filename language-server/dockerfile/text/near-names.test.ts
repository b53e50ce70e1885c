import { describe, expect, it } from 'vitest';
import { randomOf } from '../../../test/fuzz/random';
import { NearNames } from './near-names';
import { suggest } from './suggest';

function near(word: string, names: readonly string[]): string | undefined {
  const tree = new NearNames();
  for (const name of names) tree.add(name);
  return tree.suggest(word, (name) => {
    const place = names.indexOf(name);
    return place < 0 ? undefined : place;
  });
}

type Case = { readonly word: string; readonly names: readonly string[]; readonly meant?: string };

const cases: readonly Case[] = [
  { word: 'VERSIN', names: ['OTHER', 'VERSION'], meant: 'VERSION' },
  { word: 'AB', names: ['CD', 'ABX', 'AXB'], meant: 'ABX' },
  { word: 'AB', names: ['CD', 'EF'], meant: 'CD' },
  { word: 'A', names: ['XYZ'] },
  { word: 'A', names: ['BC', 'B'], meant: 'B' },
  { word: 'AB', names: ['AC', 'AB'] },
  { word: 'é€𝄞', names: ['e€𝄞x'], meant: 'e€𝄞x' },
  { word: '', names: ['AB', 'A'], meant: 'A' },
];

describe('names near a word', () => {
  it.each(cases)('$word among $names', ({ word, names, meant }) => {
    expect(near(word, names)).toBe(meant);
  });

  it('are those that a comparison with each gives, on thousands of random names', () => {
    const random = randomOf(7);
    const letters = ['A', 'B', 'C', '_', 'é', '𝄞'];
    const made = (): string =>
      Array.from({ length: random(7) }, () => letters[random(letters.length)]).join('');
    for (let round = 0; round < 300; round++) {
      const names = [...new Set(Array.from({ length: 40 }, made))];
      const word = made();
      expect(near(word, names), JSON.stringify({ word, names })).toBe(suggest(word, names));
    }
  });
});
