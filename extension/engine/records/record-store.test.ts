import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../proto/model/digest';
import { type BuildRecord, recordVersion } from './build-record';
import { readBuildRecords, writeBuildRecord } from './record-store';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-records-'));
});
afterEach(() => rm(folder, { recursive: true }));

const source = digestOf(new Uint8Array([1]));

function record(finished: number, change: Partial<BuildRecord> = {}): BuildRecord {
  return {
    version: recordVersion,
    buildId: `b${finished}`,
    file: '/src/Dockerfile',
    builder: 'worker',
    started: 1,
    finished,
    outcome: 'succeeded',
    vertices: [],
    sources: { [source]: [{ path: 'a', mode: 0o644, size: 1, hash: 'x' }] },
    ...change,
  };
}

describe('records of builds', () => {
  test('come back whole, the newest first', async () => {
    const records = [record(9), record(1000), record(20, { outcome: 'failed' })];
    for (const one of records) await writeBuildRecord(one, folder);
    expect(await readBuildRecords(folder)).toEqual([records[1], records[2], records[0]]);
    expect(await readBuildRecords(folder, 1)).toEqual([records[1]]);
  });

  test('are for this user only, and equal listings are kept once', async () => {
    await Promise.all([1, 2, 3].map((at) => writeBuildRecord(record(at), folder)));
    const listings = await readdir(join(folder, 'files'));
    expect(listings).toHaveLength(1);
    const names = await readdir(folder);
    expect(names.filter((name) => name.includes('tmp'))).toEqual([]);
    for (const name of names.filter((one) => one.endsWith('.gz'))) {
      expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
    }
  });

  test('are no more than a bounded number', async () => {
    for (let at = 1; at <= 240; at++) await writeBuildRecord(record(at), folder);
    const names = (await readdir(folder)).filter((name) => name.endsWith('.gz'));
    expect(names.length).toBeLessThan(220);
    expect((await readBuildRecords(folder))[0]?.buildId).toBe('b240');
  });

  test('pass over what is no record', async () => {
    await writeBuildRecord(record(1), folder);
    await writeFile(join(folder, 'x.json.gz'), 'no archive');
    await writeFile(join(folder, 'y.json'), '{}');
    expect((await readBuildRecords(folder)).map((one) => one.buildId)).toEqual(['b1']);
  });

  test('are none in a folder that is not there', async () => {
    expect(await readBuildRecords(join(folder, 'none'))).toEqual([]);
  });
});
