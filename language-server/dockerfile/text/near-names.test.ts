import { describe, expect, it } from 'vitest';
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

  it('are those that a comparison with each gives, for all words of up to four letters', () => {
    const letters = ['A', 'é', '𝄞'];
    const words = [''];
    for (const word of words) {
      if (Array.from(word).length < 4) words.push(...letters.map((letter) => word + letter));
    }
    for (let part = 0; part < 7; part++) {
      const names = words.filter((_, index) => index % 7 === part);
      for (const among of [names, names.toReversed()]) {
        for (const word of words) expect(near(word, among)).toBe(suggest(word, among));
      }
    }
  });
});
