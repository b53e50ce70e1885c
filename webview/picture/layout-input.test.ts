import { describe, expect, test } from 'vitest';
import { approximateMeasure } from './display-text';
import { layoutInput, pictureEdges, sameLayoutInput } from './layout-input';
import { graph, twoStages } from './small-graph.test-data';

describe('edges', () => {
  test('several uses of one kind are one edge, with their labels', () => {
    expect(
      pictureEdges(twoStages).map(({ from, to, kind, labels }) => [from, to, kind, labels]),
    ).toEqual([
      ['a.1', 'a.2', 'input', []],
      ['context', 'a.2', 'copy', ['/src']],
      ['b.1', 'b.2', 'input', []],
      ['a.2', 'b.2', 'copy', ['/out', '/lib']],
    ]);
  });
  test('inputs that are not in the graph are left out', () => {
    expect(pictureEdges(graph({ a: ['gone'] }))).toEqual([]);
  });
});

describe('layout', () => {
  test('asks for a new picture only when its shape changes', () => {
    const before = layoutInput(twoStages, approximateMeasure);
    const status = { 'a.1': { state: 'cached' } } as const;
    expect(sameLayoutInput(before, layoutInput({ ...twoStages, status }, approximateMeasure))).toBe(
      true,
    );
    expect(sameLayoutInput(before, layoutInput(graph({ a: [] }), approximateMeasure))).toBe(false);
  });

  test('groups without nodes take no room', () => {
    const input = layoutInput(
      { ...twoStages, groups: [...twoStages.groups, { id: 'z', name: 'z', kind: 'stage' }] },
      approximateMeasure,
    );
    expect(input.groups.map((group) => group.id)).toEqual(['a', 'b']);
  });
});
