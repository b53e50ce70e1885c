import { describe, expect, it } from 'vitest';
import { parse, reparse } from '../parser/parse';
import { offlineResolver } from '../resolvers/offline-resolver';
import { tableResolver } from '../resolvers/table-resolver';
import { compile, lint, lintAndCompile } from './compile';
import { CompileMemo } from './memo';
import type { CompileOptions } from './options';
import type { PlatformResult } from './result';

const resolver = tableResolver([]);

async function build(text: string, options: CompileOptions = {}): Promise<PlatformResult> {
  const { results, error } = await compile(parse(text), options, resolver);
  const [result] = results;
  if (result === undefined) throw new Error(error?.message ?? 'no result');
  return result;
}

function names({ definition }: PlatformResult): (string | undefined)[] {
  return definition.ops.map(
    ({ digest }) => definition.metadata.get(digest)?.description['llb.customname'],
  );
}

it('names vertices as BuildKit shows them', async () => {
  const text = 'FROM alpine AS a\nRUN x\nFROM alpine\nCOPY --from=a /x /y\nworkdir /w';
  expect(names(await build(text)).slice(1, -1)).toEqual([
    '[a 2/2] RUN x',
    '[stage-1 2/3] COPY --from=a /x /y',
    '[stage-1 3/3] WORKDIR /w',
  ]);
});

it('an added step counts in the name of the FROM too', async () => {
  const memo = new CompileMemo();
  const before = parse('FROM alpine\nWORKDIR /a\n');
  await compile(before, {}, resolver, memo);
  const edited = reparse(before, 'FROM alpine\nWORKDIR /a\nWORKDIR b\n');
  const { results } = await compile(edited, {}, resolver, memo);
  expect(results.flatMap(names).slice(0, -1)).toEqual([
    expect.stringContaining('[1/3] FROM docker.io/library/alpine'),
    '[2/3] WORKDIR /a',
    '[3/3] WORKDIR b',
  ]);
});

it('an instruction below a new blank line is the same in its new place', () => {
  const before = parse('FROM alpine\nRUN a \\\n b\n');
  const after = reparse(before, 'FROM alpine\n\n# why\nRUN a \\\n b\n');
  const [, was] = before.instructions;
  const [, run] = after.instructions;
  expect(run?.content).toBe(was?.content);
  expect(run).toMatchObject({ lines: { first: 4, last: 5 }, comments: ['why'] });
});

it('a version that is built late is the one that was asked about', async () => {
  const memo = new CompileMemo();
  const before = parse('FROM alpine\nRUN one\nRUN two\n');
  const early = await lintAndCompile(before, {}, resolver, memo);
  const edited = reparse(before, 'FROM alpine\nRUN one more\nRUN two\n');
  const late = await lintAndCompile(edited, {}, resolver, memo);
  const commands = async ({ compiled }: typeof early): Promise<unknown> =>
    (await compiled()).results.flatMap(names).slice(1, -1);
  expect(await commands(late)).toEqual(['[2/3] RUN one more', '[3/3] RUN two']);
  expect(await commands(early)).toEqual(['[2/3] RUN one', '[3/3] RUN two']);
});

it('what copies from a stage that was broken is looked at again once that one is whole', async () => {
  const text = 'FROM alpine\nCOPY --from=1 x y\nFROM .scratch\nCOPY --from=0 a b\n';
  const options = { partial: true };
  const memo = new CompileMemo();
  const broken = parse(text);
  await lint(broken, options, resolver, memo);
  const mended = reparse(broken, text.replace('.scratch', 'scratch'));
  const { laterErrors } = await lint(mended, options, resolver, memo);
  expect(laterErrors?.map(({ message }) => message)).toEqual([
    'cannot copy from stage "1", it needs to be defined before current stage "stage-0"',
  ]);
});

it('says which stage and instruction each op comes from', async () => {
  const text = 'ARG V\nFROM alpine AS base\nRUN one\nFROM base\nRUN two';
  const { definition, origins } = await build(text);
  const found = definition.ops.flatMap(({ digest }) => {
    const origin = origins.get(digest);
    return origin
      ? [[origin.group?.name, origin.span && text.slice(origin.span.start, origin.span.end)]]
      : [];
  });
  expect(found).toEqual([
    ['base', 'FROM alpine AS base'],
    ['base', 'RUN one'],
    ['stage-1', 'RUN two'],
  ]);
});

it('puts the session into local sources and nowhere else', async () => {
  const text = 'FROM alpine\nRUN x\nCOPY a /a';
  const [one, two] = await Promise.all(
    ['1', '2'].map((digit) => build(text, { session: digit.repeat(25) })),
  );
  const digests = [one, two].map(
    (result) => result?.definition.ops.map(({ digest }) => digest) ?? [],
  );
  const changed = digests[0]?.map((digest, index) => digest !== digests[1]?.[index]);
  expect(changed).toEqual([false, false, true, true, true]);
});

it('takes the stage of an op that several stages have from where its name is from', async () => {
  const text = 'FROM alpine AS deps\nRUN one\nFROM alpine\nCOPY --from=deps /a /a';
  const { definition, origins } = await build(text);
  const stages = definition.ops.map(({ digest, notes }) => [
    notes?.metadata.description['llb.customname']?.slice(0, 12),
    origins.get(digest)?.group?.name,
  ]);
  expect(stages[0]).toEqual(['[deps 1/2] F', 'deps']);
});

it('marks ops that rest on a guess', async () => {
  const { results } = await compile(parse('FROM alpine\nRUN x'), {}, offlineResolver());
  expect([...(results[0]?.origins.values() ?? [])].map(({ uncertain }) => uncertain)).toEqual([
    true,
    true,
  ]);
});

/** The names of the vertices that are marked, without their places. */
async function marked(text: string, options: CompileOptions = {}): Promise<string[]> {
  const answers = tableResolver([]);
  const { results } = await compile(parse(text), options, {
    resolve: (ref, query) =>
      ref.includes('unknown') ? offlineResolver().resolve(ref, query) : answers.resolve(ref, query),
  });
  return results.flatMap(({ definition, uncertain }) =>
    definition.ops
      .filter(({ digest }) => uncertain.has(digest))
      .flatMap(({ digest }) => definition.metadata.get(digest)?.description['llb.customname'] ?? [])
      .map((name) => name.replace(/^\[.*?\] /, '')),
  );
}

describe('marks what rests on something unknown, and nothing else', () => {
  it.each<[what: string, text: string, options: CompileOptions, names: string[]]>([
    [
      'an image, through a COPY from its stage',
      'FROM unknown AS a\nRUN one\nFROM alpine\nRUN two\nCOPY --from=a / /\nRUN three',
      {},
      ['FROM docker.io/library/unknown:latest', 'RUN one', 'COPY --from=a / /', 'RUN three'],
    ],
    [
      'an SSH server',
      'FROM alpine\nRUN one\nADD git@a.b:c/d.git /\nRUN two',
      {},
      ['ADD git@a.b:c/d.git /', 'ADD git@a.b:c/d.git /', 'RUN two'],
    ],
    ['no SSH server', 'FROM alpine\nADD git@a.b:c/d.git /', { sshHostKeys: { 'a.b': '' } }, []],
    [
      'a time',
      'FROM scratch AS s\nADD https://a.b/c /\nFROM scratch\nCOPY a /',
      { buildArgs: { SOURCE_DATE_EPOCH: 's' } },
      ['load build context', 'COPY a /'],
    ],
  ])('%s', async (_what, text, options, names) => {
    expect((await marked(text, options)).sort()).toEqual(names.sort());
  });
});

describe('a broken file keeps the graph of the rest', () => {
  it.each([
    [
      'an unknown instruction',
      'FROM alpine\nRUN one\nRUM two\nRUN three',
      ['RUN one', 'RUN three'],
    ],
    ['a bad flag', 'FROM alpine\nRUN one\nCOPY --frm=x a b', ['RUN one']],
    [
      'a variable that must be set',
      'FROM alpine\nRUN one\nWORKDIR ${X:?}\nRUN three',
      ['RUN one', 'RUN three'],
    ],
    ['a stage that cannot be built', 'FROM alpine\nRUN one\nFROM a?b\nRUN two', ['RUN one']],
    [
      'a stage that cannot be read',
      'FROM alpine AS a\nRUN one\nFROM a b\nRUN two\nFROM a\nCOPY --from=1 / /\nRUN three',
      ['RUN one', 'RUN three'],
    ],
    [
      'a target that is built on a stage that cannot be built',
      'FROM alpine AS a\nRUN one\nFROM a?b AS b\nRUN two\nFROM b\nRUN three',
      ['RUN one'],
    ],
    [
      'a stage that cannot be built and is copied from',
      'FROM a?b AS b\nRUN two\nFROM alpine\nCOPY --from=b / /\nRUN three',
      ['RUN three'],
    ],
    [
      'a source that does not exist',
      'FROM alpine\nRUN one\nCOPY --from=7 / /\nRUN three',
      ['RUN one', 'RUN three'],
    ],
    [
      'a circle of stages',
      'FROM alpine AS a\nRUN one\nCOPY --from=b / /\nFROM a AS b\nRUN three',
      ['RUN one', 'RUN three'],
    ],
    ['an argument that fails', 'ARG A=${B:?}\nFROM alpine\nRUN one', ['RUN one']],
    ['check options that cannot be read', '# check=skp=all\nFROM alpine\nRUN one', ['RUN one']],
    ['an open heredoc', 'FROM alpine\nRUN one\nRUN <<EOF\nx', ['RUN one']],
  ])('%s', async (_what, text, expected) => {
    const { error, partial } = await compile(parse(text), { partial: true }, resolver);
    expect(error).toBeDefined();
    const shown = partial && names(partial).map((name) => name?.replace(/^\[.*?\] /, ''));
    expect(shown?.filter((name) => name?.startsWith('RUN'))).toEqual(expected);
  });

  it('what follows a broken instruction is uncertain, the rest is not', async () => {
    const text = 'FROM alpine AS a\nRUN one\nFROM alpine AS b\nRUN two\nRUM x\nRUN three\n';
    const { partial } = await compile(
      parse(`${text}FROM a\nCOPY --from=b / /`),
      { partial: true },
      resolver,
    );
    const certain = [...(partial?.definition.ops ?? [])].filter(
      ({ digest }) => partial?.uncertain.has(digest) !== true,
    );
    const shown =
      partial && names({ ...partial, definition: { ...partial.definition, ops: certain } });
    expect(shown?.filter((name) => name?.includes('RUN'))).toEqual([
      '[a 2/2] RUN one',
      '[b 2/3] RUN two',
    ]);
  });

  it.each([
    [
      'errors of every kind, the one that BuildKit reports first',
      'FROM alpine\nCOPY --from=7 a /\nENV x\nWORKDIR ${X:?}\nRUM y\nUSER',
      [
        'ENV must have two arguments',
        'dockerfile parse error on line 5: unknown instruction: RUM (did you mean RUN?)',
        'dockerfile parse error on line 6: USER requires exactly one argument',
        'invalid stage index 7',
        'failed to process "${X:?}": X: is not allowed to be unset',
      ],
    ],
    [
      'one that many instructions have',
      'RUN x\nRUN y\nFROM alpine',
      ['no build stage in current context'],
    ],
    [
      'not what only follows from one',
      'FROM a?b AS b\nFROM b\nCOPY --from=b / /',
      ['failed to parse stage name "a?b": invalid reference format'],
    ],
  ])('later errors are said too: %s', async (_what, text, expected) => {
    const strict = await lint(parse(text), {}, resolver);
    const { error, laterErrors = [] } = await lint(parse(text), { partial: true }, resolver);
    expect(error).toEqual(strict.error);
    expect([error, ...laterErrors].map((each) => each?.message)).toEqual(expected);
  });

  it('findings after an error are found', async () => {
    const text = 'FROM alpine AS A\nRUM x\nFROM alpine as b\nWORKDIR rel\nCOPY --from=9 a /\nCMD x';
    const rules = async (partial: boolean) =>
      (await lint(parse(text), { partial }, resolver)).warnings.map(({ rule }) => rule);
    expect(await rules(false)).toEqual(['StageNameCasing']);
    expect(await rules(true)).toEqual([
      'StageNameCasing',
      'FromAsCasing',
      'WorkdirRelativePath',
      'JSONArgsRecommended',
    ]);
  });

  it('nothing is left of a file without a stage', async () => {
    const result = await compile(parse('RUN x'), { partial: true }, resolver);
    expect(result.partial).toBeUndefined();
  });
});

describe('lint points at the tokens that are meant', () => {
  it.each([
    ['FROM alpine as Base', ['FromAsCasing: as', 'StageNameCasing: Base']],
    ['FROM alpine\nRUN a\nrun b', ['ConsistentInstructionCasing: run']],
    ['FROM alpine\nCOPY $SRC ${DST}x /z', ['UndefinedVar: $SRC', 'UndefinedVar: ${DST}']],
    ['FROM alpine\nENV API_KEY=1 B=2', ['SecretsUsedInArgOrEnv: API_KEY']],
    [
      'FROM --platform=linux/arm64 alpine',
      ['FromPlatformFlagConstDisallowed: linux/arm64', 'InvalidBaseImagePlatform: alpine'],
    ],
    ['FROM alpine\nWORKDIR rel', ['WorkdirRelativePath: rel']],
  ])('%j', async (text, expected) => {
    const { warnings } = await lint(
      parse(text),
      {},
      tableResolver([
        {
          'docker.io/library/alpine:latest': {
            config: { os: 'linux', architecture: 'amd64', history: [{ created_by: 'x' }] },
          },
        },
      ]),
    );
    const found = warnings.flatMap(({ rule, spans }) =>
      spans.map(({ start, end }) => `${rule}: ${text.slice(start, end)}`),
    );
    expect(found.sort()).toEqual(expected);
  });
});

it('compiles a stage thousands of instructions deep', async () => {
  const lines = Array.from({ length: 4_000 }, (_, index) => `RUN step ${index}`);
  const { definition } = await build(['FROM scratch', ...lines].join('\n'));
  expect(definition.ops).toHaveLength(4_001);
});
