import { describe, expect, test } from 'vitest';
import { approximateMeasure } from './display-text';
import { layeredLayout } from './layered';
import { layoutInput } from './layout-input';
import { neighbour } from './navigate';
import { twoStages } from './small-graph.test-data';

describe('arrow keys', () => {
  const layout = layeredLayout(layoutInput(twoStages, approximateMeasure));
  test.each([
    ['b.2', 'up', 'b.1'],
    ['a.1', 'down', 'a.2'],
    ['a.2', 'down', 'b.2'],
    ['b.2', 'down', undefined],
    ['a.1', 'right', 'b.1'],
    ['b.1', 'left', 'a.2'],
    ['b.2', 'first', 'context'],
    ['context', 'last', 'b.2'],
  ] as const)('from %s %s to %s', (from, direction, to) => {
    expect(neighbour(twoStages, layout, from, direction)).toBe(to);
  });
});
