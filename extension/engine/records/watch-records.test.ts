import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { recordVersion } from './build-record';
import { readBuildRecords, writeBuildRecord } from './record-store';
import { watchRecords } from './watch-records';

let folder: string;
let stop: (() => void) | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-records-'));
});
afterEach(async () => {
  stop?.();
  await rm(folder, { recursive: true });
});

const remember = (buildId: string, where: string): Promise<void> =>
  writeBuildRecord(
    {
      version: recordVersion,
      buildId,
      file: '/src/Dockerfile',
      builder: 'worker',
      started: 1,
      finished: 2,
      outcome: 'succeeded',
      vertices: [],
      sources: {},
    },
    where,
  );

describe('the watch on records', () => {
  test('tells once of builds that end together, when they can be read, also in a new folder', async () => {
    const store = join(folder, 'new');
    const found: number[] = [];
    const failed = vi.fn();
    stop = watchRecords(
      () => void readBuildRecords(store).then(({ length }) => found.push(length)),
      failed,
      store,
    );
    await Promise.all([remember('a', store), remember('b', store)]);
    await expect.poll(() => found, { timeout: 5000 }).toEqual([2]);
    // What is no record, or still being written, is no news.
    await writeFile(join(store, 'c.json.gz.1.tmp'), '');
    await pause(200);
    expect(found).toEqual([2]);
    expect(failed).not.toHaveBeenCalled();
  });

  test('says where nothing can be watched', async () => {
    await writeFile(join(folder, 'file'), '');
    const failed = vi.fn();
    stop = watchRecords(() => undefined, failed, join(folder, 'file', 'below'));
    expect(failed).toHaveBeenCalledOnce();
  });
});
