import { expect, test } from 'vitest';
import { StatusResponse } from '../../../proto/generated/control';
import { emptyGraph, type BuildGraph } from '../../../proto/model/build-graph';
import { digestOf } from '../../../proto/model/digest';
import { StatusFeed } from './status-feed';

const digest = (text: string) => digestOf(new TextEncoder().encode(text));

const graph: BuildGraph = {
  ...emptyGraph,
  nodes: [
    {
      id: 'run',
      digest: digest('own'),
      neutralDigest: digest('neutral'),
      kind: 'exec',
      name: 'RUN make',
      fullName: '[1/1] RUN make',
      inputs: [],
      ranges: [],
      details: [],
      internal: false,
      uncertain: false,
    },
  ],
};

test('a step that another build runs is joined also when it was told of before the graph', () => {
  const feed = new StatusFeed({ output: () => undefined, status: () => undefined });
  const vertexes = [{ digest: digest('theirs'), name: '[1/1] RUN make', error: 'exit code: 1' }];
  feed.push(StatusResponse.create({ vertexes }));
  expect(feed.begin(graph).status['run']?.state).toBe('failed');
});

test('a log that comes before its step counts once the step is there', () => {
  const feed = new StatusFeed({ output: () => undefined, patch: () => undefined });
  feed.begin(graph);
  const vertex = digest('a load of the frontend');
  const log = (text: string) => ({ vertex, msg: new TextEncoder().encode(text) });
  const push = (response: Parameters<typeof StatusResponse.create>[0]): void => {
    feed.push(StatusResponse.create(response));
    feed.flush();
  };
  push({ logs: [log('first\n')] });
  expect(feed.graph.nodes).toHaveLength(1);
  push({ vertexes: [{ digest: vertex, name: 'load' }], logs: [log('second\n')] });
  const loaded = feed.graph.nodes.find((node) => node.digest === vertex);
  expect(feed.graph.status[loaded?.id ?? '']?.logBytes).toBe('first\nsecond\n'.length);
  push({ logs: [log('third\n')] });
  expect(feed.graph.status[loaded?.id ?? '']?.logBytes).toBe('first\nsecond\nthird\n'.length);
});

test('a step that another build had begun is told to have been joined when this build began', () => {
  const feed = new StatusFeed({ output: () => undefined, patch: () => undefined });
  feed.begin(graph);
  const now = Date.now();
  const at = (time: number) => ({
    seconds: BigInt(Math.floor(time / 1000)),
    nanos: Math.floor(time % 1000) * 1e6,
  });
  const step = { digest: digest('own'), name: '[1/1] RUN make', started: at(now - 60_000) };
  feed.push(StatusResponse.create({ vertexes: [step] }));
  feed.flush();
  // As yet the builder's clock may be a minute behind.
  expect(feed.graph.status['run']?.joined).toBeUndefined();
  const load = { digest: digest('load'), name: 'load', started: at(now), completed: at(now) };
  feed.push(StatusResponse.create({ vertexes: [load] }));
  feed.flush();
  const { joined = NaN } = feed.graph.status['run'] ?? {};
  expect(joined).toBeGreaterThan(now - 30_000);
  expect(joined).toBeLessThanOrEqual(now + 1);
  feed.push(StatusResponse.create({ vertexes: [{ ...step, completed: at(now + 5) }] }));
  feed.flush();
  expect(feed.graph.status['run']?.state).toBe('done');
  expect(feed.graph.status['run']?.joined).toBeGreaterThanOrEqual(joined);
});
