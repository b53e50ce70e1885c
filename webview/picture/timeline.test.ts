import { expect, test } from 'vitest';
import type { BuildGraph, GraphNode, NodeStatus } from '../../proto/model/build-graph';
import { emptyGraph } from '../../proto/model/build-graph';
import { digestOf } from '../../proto/model/digest';
import { ticks, timelineOf } from './timeline';

const digest = digestOf(new Uint8Array());
const step = (id: string, group: string | undefined, ...inputs: readonly string[]): GraphNode => ({
  id,
  digest,
  neutralDigest: digest,
  kind: id === 'image' ? 'image' : 'exec',
  name: id,
  fullName: id,
  ...(group === undefined ? {} : { group }),
  inputs: inputs.map((node) => ({ node, kind: 'input' })),
  ranges: [],
  details: [],
  internal: false,
  uncertain: false,
});
const ran = (started: number, completed: number): NodeStatus => ({
  state: 'done',
  started,
  completed,
});
const graph: BuildGraph = {
  ...emptyGraph,
  nodes: [
    step('image', undefined),
    step('a', 'one', 'image'),
    step('b', 'one', 'image'),
    step('c', 'one', 'a'),
    step('d', 'two', 'c'),
    step('e', 'two', 'd'),
  ],
  groups: [
    { id: 'one', name: 'One', kind: 'stage' },
    { id: 'two', name: 'Two', kind: 'stage' },
  ],
  status: {
    image: ran(1000, 1100),
    a: ran(1100, 1500),
    b: ran(1120, 1300),
    c: ran(1500, 1600),
    d: { state: 'cached', started: 1600, completed: 1600 },
    e: { state: 'running', started: 1700 },
  },
};

test('steps that ran at once stand in rows below each other, in the lanes of their stages', () => {
  const { lanes = [] } = timelineOf(graph, 2000) ?? {};
  expect(
    lanes.map(({ name, rows }) => [
      name,
      rows.map((row) => row.map(({ node, from, to }) => `${node.id} ${from}-${to}`)),
    ]),
  ).toEqual([
    [undefined, [['image 0-100']]],
    ['One', [['a 100-500', 'c 500-600'], ['b 120-300']]],
    ['Two', [['e 700-1000']]],
  ]);
});

test('slots hold what ran one after the other, as many as ran at once, whatever its stage', () => {
  const { lanes = [] } = timelineOf(graph, 2000, 'slot') ?? {};
  expect(lanes.map(({ rows }) => rows.map((row) => row.map(({ node }) => node.id)))).toEqual([
    [['image', 'a', 'c', 'e']],
    [['b']],
  ]);
});

test('lanes by platform leave apart what is of none', () => {
  const nodes = graph.nodes.map((node) =>
    node.group === undefined
      ? node
      : { ...node, platform: node.group === 'one' ? 'linux/amd64' : 'linux/arm64' },
  );
  const { lanes = [] } = timelineOf({ ...graph, nodes }, 2000, 'platform') ?? {};
  expect(lanes.map(({ name, rows }) => [name, rows.length])).toEqual([
    [undefined, 1],
    ['linux/amd64', 2],
    ['linux/arm64', 1],
  ]);
});

test('it all comes to times, and to a path that nothing could shorten', () => {
  expect(timelineOf(graph, 2000)).toMatchObject({
    duration: 1000,
    work: 100 + 400 + 180 + 100 + 300,
    critical: 900,
    transfer: 100,
    steps: 6,
    cached: 1,
  });
});

test('the cache saved what its steps took when they ran', () => {
  const known = (state: 'cached' | 'done'): NodeStatus => ({
    ...ran(1600, 1600),
    state,
    prediction: { outcome: 'cached', duration: 4000 },
  });
  const status = { ...graph.status, c: known('done'), d: known('cached') };
  expect(timelineOf({ ...graph, status }, 2000)?.saved).toBe(4000);
  expect(timelineOf(graph, 2000)?.saved).toBe(0);
});

test('a step waited from when its inputs were there', () => {
  const bars = (timelineOf(graph, 2000)?.lanes ?? []).flatMap(({ rows }) => rows.flat());
  expect(bars.map(({ node, ready }) => `${node.id} ${ready}`)).toEqual([
    'image 0',
    'a 100',
    'c 500',
    'b 100',
    'e 600',
  ]);
});

test('what another build had begun counts from when this one began, in all totals and paths', () => {
  const joined: BuildGraph = {
    ...graph,
    status: {
      ...graph.status,
      image: { ...ran(-84_000, 1000), joined: 1000 },
      a: { ...ran(-60_000, 1500), joined: 1000 },
    },
  };
  const timeline = timelineOf(joined, 2000);
  expect(timeline).toMatchObject({
    duration: 1000,
    work: 0 + 500 + 180 + 100 + 300,
    critical: 900,
    transfer: 0,
  });
  const bars = (timeline?.lanes ?? []).flatMap(({ rows }) => rows.flat());
  expect(
    bars.map((bar) => `${bar.node.id} ${bar.from}-${bar.to}${bar.joined ? ' joined' : ''}`),
  ).toEqual(['image 0-0 joined', 'a 0-500 joined', 'c 500-600', 'b 120-300', 'e 700-1000']);
  expect(bars.every(({ ready, from }) => ready >= 0 && ready <= from)).toBe(true);
});

test('before anything ran there is no timeline', () => {
  expect(timelineOf({ ...graph, status: {} }, 2000)).toBeUndefined();
});

test.each([
  [1000, 5, [0, 200, 400, 600, 800, 1000]],
  [47_000, 6, [0, 10_000, 20_000, 30_000, 40_000]],
  [0, 5, [0]],
])('an axis of %i ms with about %i marks has %j', (duration, wanted, marks) => {
  expect(ticks(duration, wanted)).toEqual(marks);
});
