import { describe, expect, test } from 'vitest';
import { cardWidth } from './card';
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

  test('a long name makes its group no wider than a card needs', () => {
    const [group] = twoStages.groups;
    if (group === undefined) throw new Error('no groups');
    const long = { ...twoStages, groups: [{ ...group, name: 'a-long-name-'.repeat(20) }] };
    const { groups, nodes } = layoutInput(long, approximateMeasure);
    expect(groups[0]?.labelWidth).toBe(nodes[0]?.width);
  });

  test('cards of two steps are as wide as the longer title needs, up to a limit', () => {
    const widths = ['x', 'y '.repeat(12), 'z'.repeat(90)].map((rest) => {
      const steps = graph({ a: [], b: ['a'] });
      const nodes = steps.nodes.map((node, index) => ({ ...node, name: index > 0 ? 'x' : rest }));
      return cardWidth({ ...steps, nodes }, approximateMeasure);
    });
    expect(widths).toEqual([192, 232, 256]);
  });

  test('groups without nodes take no room', () => {
    const input = layoutInput(
      { ...twoStages, groups: [...twoStages.groups, { id: 'z', name: 'z', kind: 'stage' }] },
      approximateMeasure,
    );
    expect(input.groups.map((group) => group.id)).toEqual(['a', 'b']);
  });
});
