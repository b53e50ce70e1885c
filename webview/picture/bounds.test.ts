import { expect, test } from 'vitest';
import { Bounds } from './bounds';
import { layeredLayout } from './layered';
import { stagedBuild } from './made-up-graphs.test-data';

const layout = layeredLayout(stagedBuild(200));
const bounds = new Bounds(layout);

test('every node is found under its middle, and nothing beside the picture', () => {
  for (const [id, { x, y, width, height }] of layout.nodes)
    expect(bounds.nodeAt({ x: x + width / 2, y: y + height / 2 })).toBe(id);
  expect(bounds.nodeAt({ x: -5, y: -5 })).toBeUndefined();
});

test('a view holds the nodes and lines that reach into it', () => {
  const whole = { left: 0, top: 0, right: layout.width, bottom: layout.height };
  expect(bounds.nodesIn(whole)).toHaveLength(layout.nodes.size);
  expect(bounds.edgesIn(whole)).toHaveLength(layout.edges.size);
  const [first] = layout.nodes;
  if (first === undefined) throw new Error('no nodes');
  const [id, { x, y }] = first;
  expect(bounds.nodesIn({ left: x - 1, top: y - 1, right: x + 1, bottom: y + 1 })).toEqual([id]);
});
