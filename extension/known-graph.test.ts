import { expect, test } from 'vitest';
import { emptyGraph, type BuildGraph } from '../proto/model/build-graph';
import { execNode } from '../proto/model/exec-node.test-data';
import { withKnowledge } from './known-graph';

const nodes = ['a', 'b', 'c'].map(execNode);
const [a, b] = nodes.map(({ neutralDigest }) => neutralDigest);
const graph: BuildGraph = { ...emptyGraph, nodes, status: { b: { state: 'done', started: 1 } } };

test('what was not built is shown as predicted, what was keeps its state', () => {
  const predictions = new Map([
    [a ?? '', { outcome: 'cached' } as const],
    [b ?? '', { outcome: 'run', duration: 5 } as const],
  ]);
  expect(withKnowledge(graph, { predictions, differences: new Map() }).status).toEqual({
    a: { state: 'predicted-cached', prediction: { outcome: 'cached' } },
    b: { state: 'done', started: 1, prediction: { outcome: 'run', duration: 5 } },
  });
});

test('a difference names the node that it comes from', () => {
  const differences = new Map([
    [
      b ?? '',
      { kind: 'affected', reasons: [{ kind: 'rests', values: ['a'] }], root: a ?? '' } as const,
    ],
  ]);
  expect(
    withKnowledge(graph, { predictions: new Map(), differences }).status['b']?.difference,
  ).toEqual({
    kind: 'affected',
    reasons: [{ kind: 'rests', values: ['a'] }],
    root: 'a',
  });
});

test('a graph of which nothing is known stays the same object', () => {
  expect(withKnowledge(graph, { predictions: new Map(), differences: new Map() })).toBe(graph);
});
