/** What would run, predicted before each of many edits and held to what a real build then does. */
import { execFile as execFileLater } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectBuilder } from '../../extension/engine/job/start-job';
import { runBuild } from '../../extension/engine/job/run-build';
import { isStep } from '../../extension/engine/records/predict';
import { predictFile } from '../../extension/engine/records/predict-file';
import { reasonText } from '../../webview/picture/reason-text';
import { readBuildRecords } from '../../extension/engine/records/record-store';
import { explanationText, onlyWhatRan, whyMissed } from '../../extension/engine/records/why-missed';
import { Plans } from '../../extension/service/plans';
import { compareWithNow } from '../../extension/service/records';
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import { buildkits, environmentFor } from '../env/context';
import { pointTag } from './registry-tags';

const execFile = promisify(execFileLater);

type Stage = 'base' | 'tools' | 'main';
/** Everything that an edit may change. */
type Edited = {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Names this run, so that no other build has its results. */
  readonly salt: string;
  readonly stages: Record<Stage, string>;
  order: readonly Stage[];
  profile: LaunchAttributes;
};
type Edit = readonly [
  name: string,
  apply: (state: Edited) => unknown,
  /** A part of what is said afterwards of why steps ran; without it, none ran. */
  why?: string,
];

const write = (path: string, text: string) => (state: Edited) =>
  writeFile(join(state.folder, path), `${text} ${state.salt}`);
const replace = (stage: Stage, from: string, to: string) => (state: Edited) => {
  expect(state.stages[stage]).toContain(from);
  state.stages[stage] = state.stages[stage].replace(from, to);
};
const profile = (change: LaunchAttributes) => (state: Edited) => {
  state.profile = { ...state.profile, ...change };
};

/** Three files that are edited side by side; in each, an edit comes on top of those before it. */
const edits: readonly (readonly Edit[])[] = [
  [
    ['nothing', () => undefined],
    ['touched file', ({ folder }) => utimes(join(folder, 'src/a.txt'), 1, 1)],
    [
      'changed mode',
      ({ folder }) => chmod(join(folder, 'tool.sh'), 0o755),
      'The mode of tool.sh is 0755 and was 0644.',
    ],
    ['ignored file', write('src/build.log', 'noise')],
    ['excluded file', write('src/notes.md', 'words')],
    ['changed file', write('src/a.txt', 'other'), 'The file src/a.txt has changed.'],
    ['the old file again', write('src/a.txt', 'first')],
    [
      'renamed file',
      ({ folder }) => rename(join(folder, 'src/a.txt'), join(folder, 'src/c.txt')),
      'The file src/c.txt is new.',
    ],
  ],
  [
    ['ARG that no step sees', profile({ buildArgs: { UNUSED: '2' } })],
    [
      'ARG that a step sees',
      profile({ buildArgs: { UNUSED: '2', USED: '2' } }),
      'The variable USED is “2” and was “1”.',
    ],
    ['edited heredoc', replace('main', 'text', 'other text'), 'The contents is'],
    ['edited comment', replace('main', '# first', '# second')],
    [
      'ENV before a RUN',
      replace('main', 'GREETING=hello', 'GREETING=hi'),
      'The variable GREETING is “hi” and was “hello”.',
    ],
    ['LABEL after all', replace('main', 'after=1', 'after=2')],
    ['stages in another order', (state) => (state.order = ['tools', 'base', 'main'])],
    ['new step', replace('main', 'ENV GREETING', 'WORKDIR /new\nENV GREETING'), 'It is new.'],
  ],
  [
    ['source of a mount', write('conf/a', 'configured'), 'The file conf/a has changed.'],
    ['other file beside the source of a mount', write('conf-b', 'configured')],
    [
      'new link',
      ({ folder }) => symlink('b.txt', join(folder, 'src/link')),
      'The file src/link is new.',
    ],
    ['stage without the cache', profile({ noCache: ['tools'] }), 'it was built without the cache'],
    ['with the cache again', profile({ noCache: [] })],
    ['pruned cache', prune, 'the builder no longer kept its result'],
    ['moved base', ({ salt }) => pointTag(salt, 'alpine'), 'The image digest is'],
  ],
];
const count = edits.flat().length;

/** Lets go of one snapshot that this test has made, and on which nothing rests. */
async function prune({ env, salt }: Edited): Promise<void> {
  const connection = await connectBuilder(undefined, env);
  const own = async () => {
    const { record } = await connection.control.diskUsage({});
    return record.filter(({ description }) => description.includes(`last ${salt}`));
  };
  let kept = await own();
  expect(kept.length).toBeGreaterThan(0);
  // A build lets go of its results a moment after it has ended, and what is held is not pruned.
  for (; kept.length > 0; kept = await own()) {
    for (const { id } of kept) {
      const removed = connection.control.prune({ all: true, filter: [`id==${id}`] });
      for await (const one of removed) expect(one.description).toContain(salt);
    }
  }
  connection.close();
}

const [buildkit] = buildkits();
/** Asked at once: where caches lie elsewhere, no environment is found. */
const environment = buildkit === undefined ? process.env : environmentFor(buildkit);
const before = process.env['XDG_CACHE_HOME'];

describe.skipIf(buildkit === undefined)('the prediction', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llb-lens-prediction-'));
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  });
  afterAll(async () => {
    if (before === undefined) Reflect.deleteProperty(process.env, 'XDG_CACHE_HOME');
    else process.env['XDG_CACHE_HOME'] = before;
    await rm(folder, { recursive: true, force: true });
  });

  test(`never calls cached what then runs, in ${count} edits`, async () => {
    const matrix = {
      cached: { cached: 0, run: 0 },
      run: { cached: 0, run: 0 },
      unknown: { cached: 0, run: 0 },
    };
    const follow = async (chain: readonly Edit[]): Promise<string[]> => {
      const state = await begin(await mkdtemp(join(folder, 'build-')));
      const lines: string[] = [];
      for (const [name, apply, why] of chain) {
        await apply(state);
        await save(state);
        const { profile, env } = state;
        const predicted = await predictFile({ profile, cwd: state.folder, env });
        const actual = await build(state);
        expect(await explanation(state), name).toContain(why ?? 'No step ran for a difference.');
        const wrong: string[] = [];
        for (const { step, outcome, reasons = [] } of predicted) {
          const ended = actual.get(step.neutral);
          if (!isStep(step) || ended === undefined) continue;
          matrix[outcome][ended]++;
          if (outcome !== ended) {
            wrong.push(
              `    ${outcome}, but ${ended}: ${step.fullName} (${reasons.map((one) => reasonText(one)).join(' ')})`,
            );
          }
        }
        const runs = predicted.filter(({ step, outcome }) => isStep(step) && outcome === 'run');
        lines.push(`${name}: ${runs.length} to run, ${wrong.length} otherwise`, ...wrong);
      }
      return lines;
    };
    const told = (await Promise.all(edits.map(follow))).flat();
    console.log(`${told.join('\n')}\npredicted, then really: ${JSON.stringify(matrix)}`);
    expect(matrix.cached.run).toBe(0);
    expect(matrix.cached.cached).toBeGreaterThan(count);
    expect(matrix.run.run).toBeGreaterThan(count / 2);
  }, 240_000);

  test('what another client built is unknown, though the builder keeps it', async () => {
    const place = await mkdtemp(join(folder, 'foreign-'));
    const profile = { file: join(place, 'Dockerfile'), context: place };
    const base = await pointTag(basename(place).toLowerCase(), 'busybox');
    await writeFile(join(place, 'note'), place);
    await writeFile(
      profile.file,
      `FROM ${base}\nCOPY note /note\nRUN --network=none cat /note > /copy\n`,
    );
    const client = { ...environment, BUILDX_CONFIG: join(place, 'buildx') };
    await execFile('docker', ['buildx', 'build', '-q', place], { env: client });
    const state = { profile, cwd: place, env: environment };
    const outcomes = async () =>
      (await predictFile(state)).flatMap(({ step, outcome, reasons = [] }) =>
        isStep(step) ? [[outcome, ...reasons.map(({ kind }) => kind)]] : [],
      );
    expect(await outcomes()).toEqual([
      ['unknown', 'neverBuilt'],
      ['unknown', 'neverBuilt'],
    ]);
    // It was there all the while: our own build takes it from the cache, and from then on it is known.
    const events = { output: () => undefined };
    await runBuild({ profile, cwd: place, env: environment, events });
    const [record] = await readBuildRecords();
    expect(record?.vertices.flatMap((step) => (isStep(step) ? [step.state] : []))).toEqual([
      'cached',
      'cached',
    ]);
    expect(await outcomes()).toEqual([['cached'], ['cached']]);
  });

  test('what is in the editor is compared with a build as another build would be', async () => {
    const state = await begin(await mkdtemp(join(folder, 'now-')));
    const { profile, stages, order } = state;
    const [record] = await readBuildRecords();
    const path = join(state.folder, 'Dockerfile');
    const plans = new Plans();
    const compare = async () => {
      const text = order.map((name) => stages[name]).join('\n');
      const planned = { source: { path, text }, profile, earlier: record?.buildId ?? '' };
      const { signal } = new AbortController();
      const { comparison, steps } = await compareWithNow(planned, plans, environment, signal);
      const causes = comparison.causes.map(
        ({ step, kind, reasons, affected }): readonly unknown[] => [
          step.name,
          kind,
          ...reasons.map((one) => reasonText(one)),
          affected.length,
        ],
      );
      return { ...comparison, causes, marked: steps.length, took: comparison.causes[0]?.duration };
    };
    const all = record?.vertices.filter(isStep).length ?? 0;
    const same = { earlier: record?.finished, causes: [], removed: [], marked: 0, cached: all };
    expect(await compare()).toEqual({ ...same, took: undefined });

    // Neither text is saved: only a file that a step reads is.
    await write('tool.sh', 'better')(state);
    replace('main', 'GREETING=hello', 'GREETING=hi')(state);
    const { causes, cached, took, marked } = await compare();
    const greeting = 'The variable GREETING is “hi” and was “hello”.';
    expect(causes.map(([, kind, reason]) => [kind, reason])).toEqual([
      ['changed', greeting],
      ['changed', 'The file tool.sh has changed.'],
      ['changed', greeting],
    ]);
    expect(took).toBeGreaterThan(0);
    expect(marked).toBeGreaterThan(causes.length);
    expect(cached).toBeLessThan(all);

    await expect(
      compareWithNow(
        { source: { path, text: 'FROM scratch\n' }, profile, earlier: 'gone' },
        plans,
        environment,
        new AbortController().signal,
      ),
    ).rejects.toThrow('No build gone is remembered.');
  });
});

/** A file of three stages with its context, built once. */
async function begin(folder: string): Promise<Edited> {
  const salt = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const base = await pointTag(salt, 'busybox');
  const state: Edited = {
    folder,
    env: environment,
    salt,
    profile: { file: join(folder, 'Dockerfile'), context: folder, target: 'main' },
    order: ['base', 'tools', 'main'],
    stages: {
      base: `FROM ${base} AS base
WORKDIR /w
COPY --exclude=*.md src src
`,
      tools: `FROM ${base} AS tools
ARG UNUSED=1
COPY tool.sh /tool.sh
`,
      main: `FROM base AS main
# first
ARG USED=1
ENV GREETING=hello
RUN --network=none echo $GREETING > /greeting; : ${salt}
COPY --from=tools /tool.sh /tool.sh
COPY <<END /doc
text
END
RUN --network=none --mount=type=bind,source=conf,target=/conf cat /conf/a > /a; : last ${salt}
LABEL after=1
`,
    },
  };
  for (const name of ['src', 'conf']) await mkdir(join(folder, name), { recursive: true });
  await write('src/a.txt', 'first')(state);
  await write('src/b.txt', 'second')(state);
  await write('tool.sh', 'tool')(state);
  await write('conf/a', 'plain')(state);
  await writeFile(join(folder, '.dockerignore'), '**/*.log\n');
  await chmod(join(folder, 'tool.sh'), 0o644);
  await save(state);
  await build(state);
  return state;
}

const save = ({ folder, order, stages }: Edited) =>
  writeFile(join(folder, 'Dockerfile'), order.map((name) => stages[name]).join('\n'));

/** What is said of why the last build's steps ran. */
async function explanation({ profile }: Edited): Promise<string> {
  const [after, before] = (await readBuildRecords()).filter(({ file }) => file === profile.file);
  if (after === undefined || before === undefined) throw new Error('builds are not remembered');
  return explanationText(onlyWhatRan(whyMissed(before, after)));
}

/** How each step ended, by its neutral digest; only steps that BuildKit came to. */
async function build({
  profile,
  folder,
  env,
}: Edited): Promise<ReadonlyMap<string, 'cached' | 'run'>> {
  const events = { output: () => undefined };
  const end = await runBuild({ profile, cwd: folder, env, events });
  expect(end.message).toBeUndefined();
  const record = (await readBuildRecords()).find(({ buildId }) => buildId === end.buildId);
  return new Map(
    (record?.vertices ?? []).flatMap(({ neutral, state }): [string, 'cached' | 'run'][] => {
      if (state === 'cached') return [[neutral, 'cached']];
      return state === 'done' ? [[neutral, 'run']] : [];
    }),
  );
}
