import { describe, expect, test } from 'vitest';
import { approximateMeasure } from './display-text';
import { laneLayout } from './lanes';
import { layoutInput, pictureEdges } from './layout-input';
import { graph, twoStages } from './small-graph.test-data';

describe('lanes', () => {
  const layout = laneLayout(layoutInput(twoStages, approximateMeasure));

  test('every edge goes down', () => {
    for (const { from, to } of pictureEdges(twoStages)) {
      const above = layout.nodes.get(from);
      const below = layout.nodes.get(to);
      expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThan(below?.y ?? 0);
    }
  });
  test('no two nodes overlap', () => {
    const wide = graph(
      Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [
          i % 3 === 0 ? `n${i}` : `g${i % 7}.${i}`,
          i % 5 === 0 ? [] : [i % 3 === 1 ? `n${i - 1}` : `g${(i - 1) % 7}.${i - 1}`],
        ]),
      ),
    );
    const boxes = [...laneLayout(layoutInput(wide, approximateMeasure)).nodes.values()];
    expect(boxes).toHaveLength(300);
    for (const [index, a] of boxes.entries())
      for (const b of boxes.slice(index + 1))
        expect(
          a.x + a.width <= b.x ||
            b.x + b.width <= a.x ||
            a.y + a.height <= b.y ||
            b.y + b.height <= a.y,
        ).toBe(true);
  });
  test('a group holds its nodes', () => {
    const group = layout.groups.get('a');
    for (const id of ['a.1', 'a.2']) {
      const node = layout.nodes.get(id);
      expect(
        node !== undefined && group !== undefined && node.x >= group.x && node.y >= group.y,
      ).toBe(true);
    }
  });
  test('nothing takes no room', () => {
    expect(laneLayout(layoutInput(graph({}), approximateMeasure))).toMatchObject({
      width: 0,
      height: 0,
    });
  });
});
