import { expect, test } from 'vitest';
import { emptyGraph, type BuildGraph, type GraphNode } from '../proto/model/build-graph';
import { digestOf, type Digest } from '../proto/model/digest';
import { withStops } from './shown-stops';

const digest = (name: string): Digest => digestOf(new TextEncoder().encode(name));
const node = (id: string): GraphNode => ({
  id,
  digest: digest(id),
  neutralDigest: digest(`neutral ${id}`),
  kind: 'exec',
  name: id,
  fullName: id,
  inputs: [],
  ranges: [],
  details: [],
  internal: false,
  uncertain: false,
});
const graph: BuildGraph = {
  ...emptyGraph,
  nodes: ['a', 'b', 'c'].map(node),
  status: { b: { state: 'done', started: 1 } },
};

test('every node says which threads stand at it', () => {
  const stops = [
    { thread: 'main', digest: digest('a') },
    { thread: 'tools', digest: digest('b') },
    { thread: 'other', digest: digest('b') },
    { thread: 'elsewhere', digest: digest('no node') },
  ];
  expect(withStops(graph, stops).status).toEqual({
    a: { state: 'unknown', stops: ['main'] },
    b: { state: 'done', started: 1, stops: ['tools', 'other'] },
  });
});

test('where no thread is stopped the graph stays the same object', () => {
  expect(withStops(graph, [])).toBe(graph);
});
