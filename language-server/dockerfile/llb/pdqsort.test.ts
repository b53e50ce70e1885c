import { describe, expect, it } from 'vitest';
import { pdqsort } from './pdqsort';

type Item = { readonly key: number; readonly place: number };

function items(length: number, keyOf: (index: number) => number): Item[] {
  return Array.from({ length }, (_, index) => ({ key: keyOf(index), place: index }));
}

const byKey = (a: Item, b: Item): number => a.key - b.key;

describe('the result is sorted', () => {
  it.each([
    ['short', 5, (index: number) => -index],
    ['falling', 100, (index: number) => -index],
    ['rising', 100, (index: number) => index],
    ['many equal', 300, (index: number) => index % 3],
    ['mixed', 500, (index: number) => (index * 7919) % 101],
    ['organ pipes', 400, (index: number) => Math.min(index, 400 - index)],
  ])('%s', (_name, length, keyOf) => {
    const sorted = pdqsort(items(length, keyOf), byKey).map(({ key }) => key);
    expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
    expect(sorted).toHaveLength(length);
  });
});

it('is stable up to twelve elements, as Go is', () => {
  const sorted = pdqsort(
    items(12, (index) => index % 2),
    byKey,
  );
  expect(sorted.map(({ place }) => place)).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
});
