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
