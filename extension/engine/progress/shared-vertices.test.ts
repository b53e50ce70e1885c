import { expect, test } from 'vitest';
import type { BuildGraph, GraphNode } from '../../../proto/model/build-graph';
import { emptyGraph } from '../../../proto/model/build-graph';
import { digestNamed, execNode } from '../../../proto/model/exec-node.test-data';
import type { StatusUpdate } from '../../../proto/model/live-graph';
import { SharedVertices } from './shared-vertices';

const node = (name: string): GraphNode => ({
  ...execNode(name),
  digest: digestNamed(`own ${name}`),
  neutralDigest: digestNamed(name),
});

const graph: BuildGraph = {
  ...emptyGraph,
  nodes: [
    node('[a 1/1] RUN make'),
    node('twice'),
    { ...node('twice'), digest: digestNamed('other') },
  ],
};

/** A vertex of the stream, and a line of log under it. */
const update = (name: string): StatusUpdate => ({
  vertexes: [
    { digest: digestNamed(`foreign ${name}`), inputs: [], name, cached: false, error: 'x' },
  ],
  statuses: [],
  logs: [{ vertex: digestNamed(`foreign ${name}`), bytes: 3 }],
  warnings: [],
});

function translated(name: string) {
  const shared = new SharedVertices();
  shared.begin(graph);
  shared.meet(digestNamed(`foreign ${name}`), name);
  const { vertexes, logs } = shared.translated(update(name));
  return [vertexes[0]?.digest, logs[0]?.vertex];
}

test('a step that ran for another build is told as our own', () => {
  const own = digestNamed('own [a 1/1] RUN make');
  expect(translated('[a 1/1] RUN make')).toEqual([own, own]);
});

test('a name that two steps have says nothing', () => {
  const foreign = digestNamed('foreign twice');
  expect(translated('twice')).toEqual([foreign, foreign]);
});

test('a vertex that the build does not know stays what it is', () => {
  const foreign = digestNamed('foreign [internal] load');
  expect(translated('[internal] load')).toEqual([foreign, foreign]);
});
