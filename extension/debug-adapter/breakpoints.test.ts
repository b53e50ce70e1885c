import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dockerfileInput } from '../engine/input/dockerfile-input';
import { type Program, programOf } from '../engine/debug/program';
import { Breakpoints } from './breakpoints';

const file = resolve('/src/Dockerfile');

const dockerfile = `# A comment.
ARG BASE=alpine
FROM \${BASE} AS tools
ENV A=1 \\
    B=2

RUN one \\
    # between
    two
RUN <<EOF
three
EOF

FROM debian AS spare
RUN spare

FROM tools AS final
LABEL a=b
COPY --from=tools /x /y
`;

async function program(text: string, target?: string): Promise<Program> {
  const source = { kind: 'dockerfile' as const, file, context: resolve('/src') };
  const profile = { source, ...(target === undefined ? {} : { target }) };
  const input = await dockerfileInput(profile, source, text);
  return programOf((await input.preview()).results, input);
}

describe('a breakpoint on a line', () => {
  test.each([
    ['a comment above', 1, 2],
    ['an argument before all stages', 2, 2],
    ['a stage', 3, 3],
    ['the second line of an ENV', 5, 4],
    ['an empty line', 6, 7],
    ['a comment in an instruction', 8, 7],
    ['the body of a heredoc', 11, 10],
    ['a LABEL', 18, 18],
  ])('%s (line %i) stands on line %i', async (_, line, expected) => {
    const breakpoints = new Breakpoints();
    breakpoints.update(await program(dockerfile));
    expect(breakpoints.setLines(file, [{ line }])).toMatchObject([
      { verified: true, line: expected },
    ]);
  });

  test('in a stage that the target does not need, or below everything, stands nowhere', async () => {
    const breakpoints = new Breakpoints();
    breakpoints.update(await program(dockerfile));
    expect(breakpoints.setLines(file, [{ line: 15 }, { line: 99 }])).toMatchObject([
      { verified: false, message: 'The stage "spare" is not part of this build.' },
      { verified: false, line: 99 },
    ]);
  });

  test('is told again when the text or the target moves it', async () => {
    const breakpoints = new Breakpoints();
    breakpoints.setLines(file, [{ line: 6 }]);
    expect(breakpoints.update(await program(dockerfile))).toMatchObject([
      { id: 1, verified: true, line: 7, endLine: 9 },
    ]);
    expect(breakpoints.update(await program(dockerfile))).toEqual([]);
    const longer = dockerfile.replace('\nRUN one', '\n\n\nRUN one');
    expect(breakpoints.update(await program(longer))).toMatchObject([{ id: 1, line: 9 }]);
    expect(breakpoints.update(await program(dockerfile, 'spare'))).toMatchObject([
      { id: 1, verified: true, line: 14 },
    ]);
  });

  test('can be offered on every line of every instruction', async () => {
    const breakpoints = new Breakpoints();
    breakpoints.update(await program(dockerfile));
    expect(breakpoints.locations(file, 1, 19).map(({ line, endLine }) => [line, endLine])).toEqual([
      [2, 2],
      [3, 3],
      [4, 5],
      [7, 9],
      [10, 12],
      [17, 17],
      [18, 18],
      [19, 19],
    ]);
  });

  test('with a hit count that is none says so', () => {
    const [made] = new Breakpoints().setLines(file, [{ line: 3, hitCondition: 'often' }]);
    expect(made).toMatchObject({
      verified: false,
      message: expect.stringContaining('often') as unknown,
    });
  });
});

describe('a function breakpoint', () => {
  test.each([
    ['tools', true, 3],
    ['FINAL', true, 17],
    ['spare', false, undefined],
  ])('on the stage %s: %j', async (name, verified, line) => {
    const breakpoints = new Breakpoints();
    breakpoints.update(await program(dockerfile));
    const [made] = breakpoints.setFunctions([{ name }]);
    expect([made?.verified, made?.line]).toEqual([verified, line]);
  });
});

test('a stage waits for the stages that it is built on and that it copies from', async () => {
  const { tracks } = await program(dockerfile);
  const needs = tracks.map(({ section, statements }) => [
    section,
    statements.flatMap((one) =>
      one.needs.map((need) => `${one.firstLine} needs ${need.firstLine}`),
    ),
  ]);
  expect(needs).toEqual([
    ['tools', []],
    ['final', ['17 needs 10', '19 needs 10']],
  ]);
});

test('a change of the text shows every breakpoint anew that it concerns', async () => {
  const breakpoints = new Breakpoints();
  const before = await program(dockerfile);
  breakpoints.update(before);
  const digest = before.tracks.at(-1)?.statements.at(-1)?.step?.digest ?? '';
  breakpoints.setLines(file, [{ line: 4 }, { line: 18 }]);
  expect(breakpoints.setFunctions([{ name: 'tools' }, { name: 'added' }])).toMatchObject([
    { verified: true, line: 3 },
    { verified: false, message: 'There is no stage "added" in this build.' },
  ]);
  breakpoints.setInstructions([{ digest }]);
  const text = `${dockerfile.replace('COPY --from=tools', 'RUN new\nCOPY --from=tools')}
FROM final AS added
RUN more
`;
  expect(breakpoints.update(await program(text))).toMatchObject([
    { verified: true, line: 22 },
    { verified: false, message: 'This build has no such step.' },
  ]);
  expect(breakpoints.update(await program(text))).toEqual([]);
});

test('a step is named by its digest where it has no other name', async () => {
  const breakpoints = new Breakpoints();
  const whole = await program(dockerfile);
  breakpoints.update(whole);
  const last = whole.tracks.at(-1)?.statements.at(-1);
  const name = last?.step?.digest ?? '';
  expect(breakpoints.setFunctions([{ name }, { name: 'sha256:none' }])).toMatchObject([
    { verified: true, line: last?.firstLine },
    { verified: false, message: 'This build has no such step.' },
  ]);
  expect(last && breakpoints.at(last)).toHaveLength(1);
});
