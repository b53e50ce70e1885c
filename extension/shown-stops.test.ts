import { expect, test } from 'vitest';
import { emptyGraph, type BuildGraph } from '../proto/model/build-graph';
import { digestNamed, execNode } from '../proto/model/exec-node.test-data';
import { stopsIn, withStops } from './shown-stops';

const graph: BuildGraph = {
  ...emptyGraph,
  nodes: ['a', 'b', 'c'].map(execNode),
  status: { b: { state: 'done', started: 1 } },
};

/** The graph of the same text in another session: only the neutral digests are the same. */
const build: BuildGraph = {
  ...graph,
  nodes: graph.nodes.map((one) => ({ ...one, digest: digestNamed(`${one.id} in this session`) })),
};

test('every node says which threads stand at it, whatever session its digest names', () => {
  const stops = [
    { thread: 'main', digest: digestNamed('a in this session') },
    { thread: 'tools', digest: digestNamed('b in this session') },
    { thread: 'other', digest: digestNamed('b in this session') },
    { thread: 'elsewhere', digest: digestNamed('no node') },
  ];
  expect(withStops(graph, stopsIn(build, stops)).status).toEqual({
    a: { state: 'unknown', stops: ['main'] },
    b: { state: 'done', started: 1, stops: ['tools', 'other'] },
  });
});

test('where no thread is stopped the graph stays the same object', () => {
  expect(withStops(graph, [])).toBe(graph);
});
