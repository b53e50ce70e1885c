import { describe, expect, it } from 'vitest';
import { layersOf, popularityOf, type LayeredPath } from './layers';

const graph = (edges: Readonly<Record<string, string>>): LayeredPath[] =>
  Object.entries(edges).map(([path, references]) => ({
    path,
    references: references.split(',').filter((each) => each !== ''),
  }));

describe('popularityOf', () => {
  it.each([
    [{ a: 'b', b: '' }, 'a', { a: 1n, b: 1n }],
    [{ a: 'b,c', b: 'd', c: 'd', d: '' }, 'a', { a: 1n, b: 1n, c: 1n, d: 2n }],
    [{ a: 'c', b: 'c', c: '' }, 'a,b', { a: 1n, b: 1n, c: 2n }],
    [{ a: 'a,b', b: '' }, 'a', { a: 1n, b: 1n }],
  ])('counts the ways through %o from %s', (edges, roots, counts) => {
    expect(Object.fromEntries(popularityOf(graph(edges), roots.split(',')))).toEqual(counts);
  });

  it('counts in diamonds of diamonds without walking every way', () => {
    const paths = Array.from({ length: 200 }, (_, at): LayeredPath[] => [
      { path: `top${at}`, references: [`left${at}`, `right${at}`] },
      { path: `left${at}`, references: [`top${at + 1}`] },
      { path: `right${at}`, references: [`top${at + 1}`] },
    ]).flat();
    expect(
      popularityOf([...paths, { path: 'top200', references: [] }], ['top0']).get('top200'),
    ).toBe(2n ** 200n);
  });
});

describe('layersOf', () => {
  const paths = graph({ a: 'b,c', b: 'd', c: 'd', d: '' });
  it.each([
    [1, [['a', 'b', 'c', 'd']]],
    [2, [['d'], ['a', 'b', 'c']]],
    [3, [['d'], ['a'], ['b', 'c']]],
    [9, [['d'], ['a'], ['b'], ['c']]],
  ])('makes at most %i layers, popular paths first', (most, layers) => {
    expect(layersOf(paths, ['a'], most)).toEqual(layers);
  });
});
