import { describe, expect, test } from 'vitest';
import { parse } from '../../../language-server/dockerfile/parser/parse';
import { compile, tableResolver } from '../../../language-server/dockerfile';
import { compareSteps, type Steps } from './compare-steps';
import { type ContextFile } from './context-files';
import { localsOf } from './build-record';
import { reasonText } from '../../../webview/picture/reason-text';
import { stepsNow } from './predict-build';

type Version = {
  readonly text: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly files?: readonly ContextFile[];
  readonly digest?: string;
};

const file = (path: string, hash: string, mode = 0o644): ContextFile => ({
  path,
  mode,
  size: 1,
  hash,
});

async function stepsOf({ text, args = {}, files = [], digest = 'a' }: Version): Promise<Steps> {
  const images = tableResolver([
    {
      'docker.io/library/alpine:latest': {
        digest: `sha256:${digest.repeat(64)}`,
        config: {
          os: 'linux',
          architecture: 'amd64',
          rootfs: { type: 'layers', diff_ids: [`sha256:${'c'.repeat(64)}`] },
        },
      },
    },
  ]);
  const { results, error } = await compile(parse(text), { buildArgs: args }, images);
  expect(error).toBeUndefined();
  const definitions = results.map(({ definition }) => definition);
  return stepsNow(
    definitions,
    new Map([...localsOf(definitions).keys()].map((one) => [one, files])),
  );
}

const base = 'FROM alpine\nARG V=1\nCOPY a /a\nRUN make\nRUN test\n';

describe('why a step differs', () => {
  test.each<[string, Version, Version, string[]]>([
    ['nothing', { text: base }, { text: base }, []],
    ['a comment', { text: base }, { text: `# hello\n${base}` }, []],
    [
      'an argument',
      { text: base },
      { text: base, args: { V: '2' } },
      [
        'RUN make: The variable V is “2” and was “1”.',
        'RUN test: The variable V is “2” and was “1”.',
      ],
    ],
    [
      'a file',
      { text: base, files: [file('a', 'x')] },
      { text: base, files: [file('a', 'y')] },
      [
        'COPY a /a: The file a has changed.',
        'RUN make: It rests on “COPY a /a”.',
        'RUN test: It rests on “COPY a /a”.',
      ],
    ],
    [
      'a file that is new, and one that is gone',
      { text: base.replace('COPY a /a', 'COPY . /a'), files: [file('a', 'x'), file('old', 'x')] },
      { text: base.replace('COPY a /a', 'COPY . /a'), files: [file('a', 'x'), file('new', 'x')] },
      [
        'COPY . /a: The file new is new. The file old is gone.',
        'RUN make: It rests on “COPY . /a”.',
        'RUN test: It rests on “COPY . /a”.',
      ],
    ],
    [
      'a mode',
      { text: base, files: [file('a', 'x')] },
      { text: base, files: [file('a', 'x', 0o755)] },
      [
        'COPY a /a: The mode of a is 0755 and was 0644.',
        'RUN make: It rests on “COPY a /a”.',
        'RUN test: It rests on “COPY a /a”.',
      ],
    ],
    [
      'a command',
      { text: base },
      { text: base.replace('RUN test', 'RUN test -v') },
      ['RUN test -v: The command is “/bin/sh -c "test -v"” and was “/bin/sh -c test”.'],
    ],
    [
      'a mount',
      { text: 'FROM alpine\nRUN --mount=type=cache,target=/c make' },
      { text: 'FROM alpine\nRUN --mount=type=cache,target=/c,sharing=locked make' },
      [
        'RUN --mount=type=cache,target=/c,sharing=locked make: The mount /c is “cache, locked, id //c” and was “cache, shared, id //c”.',
      ],
    ],
    [
      'a secret by a hash only',
      { text: 'FROM alpine\nARG API_TOKEN\nRUN make', args: { API_TOKEN: 'one' } },
      { text: 'FROM alpine\nARG API_TOKEN\nRUN make', args: { API_TOKEN: 'two' } },
      ['RUN make: The variable API_TOKEN is “(hidden, 3fc4ccfe)” and was “(hidden, 7692c3ad)”.'],
    ],
  ])('%s', async (_, before, after, expected) => {
    const { differences } = compareSteps(await stepsOf(before), await stepsOf(after));
    expect(
      differences.map(
        ({ step, reasons }) => `${step.name}: ${reasons.map((one) => reasonText(one)).join(' ')}`,
      ),
    ).toEqual(expected);
  });

  test('a base image that has moved', async () => {
    const [first] = compareSteps(
      await stepsOf({ text: base }),
      await stepsOf({ text: base, digest: 'b' }),
    ).differences;
    expect(first?.step.kind).toBe('image');
    expect(first?.reasons).toEqual([
      {
        kind: 'fact.changed',
        values: ['image digest', `sha256:${'b'.repeat(64)}`, `sha256:${'a'.repeat(64)}`],
      },
    ]);
  });

  test('a step that is new, and one that is gone', async () => {
    const { differences, removed } = compareSteps(
      await stepsOf({ text: base }),
      await stepsOf({ text: 'FROM alpine\nCOPY a /a\nWORKDIR /w\n' }),
    );
    expect(differences.map(({ step, kind }) => [step.name, kind])).toEqual([
      ['WORKDIR /w', 'added'],
    ]);
    expect(removed.map(({ name }) => name)).toEqual(['RUN make', 'RUN test']);
  });
});
