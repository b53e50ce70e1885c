import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type BuildRecord,
  readBuildRecords,
  vertexRecords,
  writeBuildRecord,
} from './build-record';
import { type BuildGraph, emptyGraph, type GraphNode } from '../../../proto/model/build-graph';
import { digestOf } from '../../../proto/model/digest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-records-'));
});
afterEach(() => rm(folder, { recursive: true }));

function record(finished: number, change: Partial<BuildRecord> = {}): BuildRecord {
  const vertex = { digest: 'd', neutral: 'n', name: 'RUN x', state: 'done', duration: 12 } as const;
  return {
    buildId: `b${finished}`,
    file: '/src/Dockerfile',
    started: 1,
    finished,
    outcome: 'succeeded',
    vertices: [vertex],
    ...change,
  };
}

describe('records of builds', () => {
  test('come back newest first', async () => {
    const records = [record(9), record(1000), record(20, { outcome: 'failed' })];
    for (const one of records) await writeBuildRecord(one, folder);
    expect(await readBuildRecords(folder)).toEqual([records[1], records[2], records[0]]);
  });

  test('leave no unfinished file behind', async () => {
    await Promise.all([1, 2, 3].map((at) => writeBuildRecord(record(at), folder)));
    expect((await readdir(folder)).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });

  test('pass over what is no record', async () => {
    await writeBuildRecord(record(1), folder);
    await writeFile(join(folder, 'x.json'), '{"buildId": 5}');
    await writeFile(join(folder, 'y.json'), 'not JSON');
    expect((await readBuildRecords(folder)).map((one) => one.buildId)).toEqual(['b1']);
  });

  test('are none in a folder that is not there', async () => {
    expect(await readBuildRecords(join(folder, 'none'))).toEqual([]);
  });
});

test('a vertex that was cached has no duration', () => {
  const node = (id: string): GraphNode => ({
    id,
    digest: digestOf(new TextEncoder().encode(id)),
    neutralDigest: digestOf(new TextEncoder().encode(`${id}0`)),
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
    nodes: [node('ran'), node('hit'), node('waits')],
    status: {
      ran: { state: 'done', started: 1000, completed: 1512.4 },
      hit: { state: 'cached', started: 1000, completed: 1001 },
    },
  };
  expect(vertexRecords(graph).map(({ state, duration }) => [state, duration])).toEqual([
    ['done', 512],
    ['cached', undefined],
    ['unknown', undefined],
  ]);
});
