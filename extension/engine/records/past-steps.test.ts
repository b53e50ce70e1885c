import { expect, test } from 'vitest';
import { digestOf } from '../../../proto/model/digest';
import type { BuildRecord, VertexRecord } from './build-record';
import { pastSteps } from './past-steps';

const digest = (name: string) => digestOf(new TextEncoder().encode(name));

function vertex(name: string, state: VertexRecord['state'], run?: [number, number]): VertexRecord {
  const [started, completed] = run ?? [];
  return {
    digest: digest(name),
    neutral: digest(name),
    name,
    fullName: name,
    kind: 'exec',
    internal: name.startsWith('['),
    inputs: [],
    state,
    facts: {},
    reads: [],
    ...(started === undefined ? {} : { started }),
    ...(completed === undefined ? {} : { completed }),
  };
}

function build(finished: number, vertices: VertexRecord[], file = '/Dockerfile'): BuildRecord {
  return {
    version: 2,
    buildId: `b${finished}`,
    file,
    builder: 'w',
    started: finished - 10,
    finished,
    outcome: 'succeeded',
    vertices,
    sources: {},
  };
}

const sizes = ({ name }: VertexRecord) => (name === 'RUN a' ? 4096 : undefined);

test('a cached step tells of the build in which it ran', () => {
  const records = [
    build(300, [vertex('RUN a', 'cached'), vertex('RUN b', 'done', [290, 295])]),
    build(250, [vertex('RUN a', 'done', [1, 2])], '/other/Dockerfile'),
    build(200, [vertex('RUN a', 'done', [100, 150]), vertex('RUN b', 'failed', [150, 160])]),
  ];
  expect(pastSteps(records, '/Dockerfile', sizes)).toEqual([
    {
      node: digest('RUN a'),
      name: 'RUN a',
      state: 'cached',
      finished: 300,
      duration: 50,
      size: 4096,
    },
    { node: digest('RUN b'), name: 'RUN b', state: 'done', finished: 300, duration: 5 },
  ]);
});

test('what was not reached and what the frontend did for itself are left out', () => {
  const records = [
    build(1, [vertex('RUN a', 'unknown'), vertex('[internal] load', 'done', [0, 1])]),
  ];
  expect(pastSteps(records, '/Dockerfile', sizes)).toEqual([]);
  expect(pastSteps(records, '/no/Dockerfile', sizes)).toEqual([]);
});
