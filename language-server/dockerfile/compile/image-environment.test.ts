import { describe, expect, it } from 'vitest';
import { ImageEnvironment } from './image-environment';

type Case = {
  readonly name: string;
  readonly base: readonly string[];
  readonly set: readonly (readonly [string, string])[];
  readonly list: readonly string[];
};

const cases: readonly Case[] = [
  { name: 'adds at the end', base: ['A=1'], set: [['B', '2']], list: ['A=1', 'B=2'] },
  {
    name: 'keeps the place of a variable that is set again',
    base: ['A=1'],
    set: [
      ['B', '2'],
      ['A', '3'],
      ['B', '4'],
    ],
    list: ['A=3', 'B=4'],
  },
  {
    name: 'changes the first of two in the base image',
    base: ['A=1', 'A=2'],
    set: [['A', '3']],
    list: ['A=3', 'A=2'],
  },
  { name: 'gives a name without a value one', base: ['A'], set: [['A', '']], list: ['A='] },
  {
    name: 'appends a name with an equals sign each time, and finds it by its beginning',
    base: [],
    set: [
      ['A=B', '1'],
      ['A=B', '2'],
      ['A', '3'],
    ],
    list: ['A=3', 'A=B=2'],
  },
];

describe('variables of an image', () => {
  it.each(cases)('$name', ({ base, set, list }) => {
    const environment = set.reduce(
      (before, [name, value]) => before.set(name, value),
      ImageEnvironment.of(base),
    );
    expect(environment.list()).toEqual(list);
  });

  it('are equal where they began and grew alike, whoever made them', () => {
    const made = (value: string): ImageEnvironment =>
      ImageEnvironment.of(['A=1']).set('B', value).set('C', 'x');
    expect(made('2').equals(made('2'))).toBe(true);
    expect(made('2').equals(made('3'))).toBe(false);
    const before = made('2');
    expect(before.equals(before.set('D', ''))).toBe(false);
    expect(before.set('D', '').equals(before.set('D', ''))).toBe(true);
  });
});
