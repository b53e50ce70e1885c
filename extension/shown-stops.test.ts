import { expect, test } from 'vitest';
import { emptyGraph, type BuildGraph, type GraphNode } from '../proto/model/build-graph';
import { digestOf, type Digest } from '../proto/model/digest';
import { stopsIn, withStops } from './shown-stops';

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

/** The graph of the same text in another session: only the neutral digests are the same. */
const build: BuildGraph = {
  ...graph,
  nodes: graph.nodes.map((one) => ({ ...one, digest: digest(`${one.id} in this session`) })),
};

test('every node says which threads stand at it, whatever session its digest names', () => {
  const stops = [
    { thread: 'main', digest: digest('a in this session') },
    { thread: 'tools', digest: digest('b in this session') },
    { thread: 'other', digest: digest('b in this session') },
    { thread: 'elsewhere', digest: digest('no node') },
  ];
  expect(withStops(graph, stopsIn(build, stops)).status).toEqual({
    a: { state: 'unknown', stops: ['main'] },
    b: { state: 'done', started: 1, stops: ['tools', 'other'] },
  });
});

test('where no thread is stopped the graph stays the same object', () => {
  expect(withStops(graph, [])).toBe(graph);
});
