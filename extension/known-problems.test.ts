import { expect, test } from 'vitest';
import { emptyGraph, type BuildGraph } from '../proto/model/build-graph';
import { execNode } from '../proto/model/exec-node.test-data';
import { placeNow, problemsOf } from './known-problems';

const uri = 'file:///p/Dockerfile';
const lines = (first: number, last: number) => [
  { source: 0, start: { line: first, character: 0 }, end: { line: last, character: 0 } },
];
const graph: BuildGraph = {
  ...emptyGraph,
  nodes: [
    { ...execNode('a'), ranges: lines(2, 2) },
    { ...execNode('b'), ranges: lines(3, 5) },
    { ...execNode('b on arm64'), ranges: lines(3, 5) },
    execNode('nowhere'),
  ],
  sources: [{ filename: 'Dockerfile', language: 'Dockerfile', uri }],
  status: {
    a: { state: 'done' },
    b: { state: 'failed', error: 'exit code: 1' },
    'b on arm64': { state: 'failed', error: 'exit code: 1' },
    nowhere: { state: 'failed', error: 'no route' },
  },
};

test('a step that fails is told once at its lines, whatever platforms it fails on', () => {
  expect(problemsOf(graph, [])).toEqual([
    { kind: 'failure', message: 'exit code: 1', uri, first: 2, last: 4 },
  ]);
});

test.each([
  [
    { text: "FromAsCasing: 'as' and 'FROM' differ (line 1)", url: 'https://x/', lines: [1] },
    [{ rule: 'FromAsCasing', message: "'as' and 'FROM' differ", url: 'https://x/', first: 0 }],
  ],
  [
    { text: 'the cache is old: see (line 9)', url: '', lines: [4, 6] },
    [
      { message: 'the cache is old: see (line 9)', first: 3 },
      { message: 'the cache is old: see (line 9)', first: 5 },
    ],
  ],
  [{ text: 'of the whole build', url: '', lines: [] }, []],
  [{ text: 'of a file that is not known', url: '', lines: [1], filename: 'other' }, []],
])('what a build warns of stands at each of its lines: %j', (warning, expected) => {
  const found = problemsOf({ ...graph, status: {} }, [{ filename: 'Dockerfile', ...warning }]);
  expect(found).toEqual(expected.map((one) => ({ kind: 'warning', uri, last: one.first, ...one })));
});

const built = 'FROM a\nRUN x \\\n y\nRUN z\nRUN z\n';
test.each([
  ['the same text', built, [1, 2], [1, 2]],
  ['lines above', `# c\n\n${built}`, [1, 2], [3, 4]],
  ['an edit below', built.replace('RUN z', 'RUN w'), [1, 2], [1, 2]],
  ['an edit of the lines themselves', built.replace(' y', ' y1'), [1, 2], undefined],
  ['other line ends', built.replaceAll('\n', '\r\n'), [1, 2], [1, 2]],
  ['the second of two alike, moved', `# c\n${built}`, [4, 4], [5, 5]],
  ['the first of two alike, the second being gone', built.slice(0, -6), [3, 3], [3, 3]],
])('a problem stays with its lines: %s', (_, current, [first = 0, last = 0], place) => {
  const expected = place && { first: place[0], last: place[1] };
  expect(placeNow({ first, last }, built, current)).toEqual(expected);
});
