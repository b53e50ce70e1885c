import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PlannedBuild } from '../engine/records/predict-build';
import type { PredictOptions } from '../engine/records/predict-file';
import { Snapshots } from '../engine/records/snapshots';
import { Plans } from './plans';

let folder: string;
let file: string;
/** What the builder was asked, and what it says. */
let asked: PredictOptions[];
let answer: () => Promise<PlannedBuild>;
let newest: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llb-lens-plans-'));
  file = join(folder, 'Dockerfile');
  await writeFile(file, 'FROM alpine\n');
  asked = [];
  newest = 'first.json';
  const build: PlannedBuild = {
    definitions: [],
    file,
    directories: {},
    session: '',
    workers: [],
    importsCache: false,
    snapshots: new Snapshots([]),
  };
  answer = () => Promise.resolve(build);
});
afterEach(() => rm(folder, { recursive: true }));

const plans = (): Plans =>
  new Plans(
    (options) => {
      asked.push(options);
      return answer();
    },
    () => Promise.resolve(newest),
  );
const options = (change: Partial<PredictOptions> = {}): PredictOptions => ({
  profile: {},
  cwd: folder,
  env: {},
  ...change,
});

describe('the plans of a file', () => {
  test.each<readonly [what: string, change: () => Promise<void> | void]>([
    ['nothing changes', () => undefined],
    ['a file that is no part of the build file changes', () => write('app.js', 'one')],
  ])('are asked for once while %s', async (_, change) => {
    const known = plans();
    const first = await known.of(file, options());
    await change();
    expect(await known.of(file, options())).toBe(first);
    expect(asked).toHaveLength(1);
  });

  test.each<readonly [what: string, change: () => Promise<void> | void]>([
    ['the file changes', () => write('Dockerfile', 'FROM alpine AS other\n')],
    ['its ignore file comes', () => write('Dockerfile.dockerignore', '*.md')],
    ['the ignore file of its context comes', () => write('.dockerignore', '*.md')],
    ['something is built', () => void (newest = 'second.json')],
  ])('are asked for again where %s', async (_, change) => {
    const known = plans();
    await known.of(file, options());
    await change();
    await known.of(file, options());
    expect(asked).toHaveLength(2);
    // Nobody waits for the first answer any more.
    expect(asked.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
  });

  test.each<readonly [what: string, next: Partial<PredictOptions>]>([
    ['unsaved text', { unsaved: 'FROM busybox' }],
    ['another profile', { profile: { target: 'app' } }],
  ])('are others for %s', async (_, next) => {
    const known = plans();
    await known.of(file, options());
    await known.of(file, options(next));
    expect(asked).toHaveLength(2);
  });

  test('are asked for again after a failure, and when they are to be forgotten', async () => {
    const known = plans();
    const good = answer;
    answer = () => Promise.reject(new Error('no builder'));
    await expect(known.of(file, options())).rejects.toThrow('no builder');
    answer = good;
    await known.of(file, options());
    known.forget();
    await known.of(file, options());
    expect(asked).toHaveLength(3);
  });
});

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
