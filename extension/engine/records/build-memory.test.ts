import { expect, test } from 'vitest';
import { digestOf } from '../../../proto/model/digest';
import { BuildMemory } from './build-memory';
import { recordVersion, type BuildRecord, type VertexRecord } from './build-record';

const digest = (name: string) => digestOf(new TextEncoder().encode(name));

const step = (name: string, change: Partial<VertexRecord>): VertexRecord => ({
  digest: digest(name),
  neutral: digest(name),
  key: digest(`key of ${name}`),
  name,
  fullName: name,
  kind: 'exec',
  internal: false,
  state: 'done',
  inputs: [],
  facts: {},
  reads: [],
  ...change,
});

const build = (builder: string, finished: number, ...vertices: VertexRecord[]): BuildRecord => ({
  version: recordVersion,
  buildId: `${builder}${finished}`,
  file: '/src/Dockerfile',
  builder,
  started: 0,
  finished,
  outcome: 'succeeded',
  vertices,
  sources: {},
});

test('only what was built on the same builder is remembered, with the time of the last real run', () => {
  const key = digest('key of make');
  const records = [
    build('theirs', 4, step('make', { started: 0, completed: 9 }), step('elsewhere', {})),
    build('ours', 3, step('make', { state: 'cached' })),
    build('ours', 2, step('make', { started: 0, completed: 7 })),
    build('ours', 1, step('broken', { state: 'failed', started: 0, completed: 1 })),
  ];
  const memory = new BuildMemory(records, 'ours');
  expect(memory.last('/src/Dockerfile')?.finished).toBe(3);
  expect(memory.last('/src/other')).toBeUndefined();
  expect(memory.result(key)).toMatchObject({ duration: 7, runs: [{ completed: 7 }] });
  expect(memory.result(digest('key of elsewhere'))).toBeUndefined();
  expect(memory.result(digest('key of broken'))).toBeUndefined();
  expect(new BuildMemory(records, 'new').last('/src/Dockerfile')).toBeUndefined();
});
