import { describe, expect, test } from 'vitest';
import type { Definition, SourceRange } from '../../../proto/model/definition';
import { type Digest, digestOf } from '../../../proto/model/digest';
import { closureOf, sliceOf, terminalBytes } from '../job/slice';
import { frontier, inputsOf, type Step, stepsOf } from './steps';

const digest = (name: string): Digest => digestOf(new TextEncoder().encode(name));

/** `name: [inputs] @lines`; ops without lines have no place in the text. */
type Line = readonly [name: string, inputs: readonly string[], lines?: readonly number[]];

function definition(...lines: readonly Line[]): Definition {
  const range = (line: number): SourceRange => ({
    start: { line, character: 0 },
    end: { line, character: 0 },
  });
  return {
    ops: lines.map(([name, inputs]) => ({
      digest: digest(name),
      bytes: new TextEncoder().encode(name),
      op: {
        inputs: inputs.map((input) => ({ digest: digest(input), index: 0 })),
        op: name === 'end' ? { kind: 'terminal' } : { kind: 'unknown' },
      },
    })),
    metadata: new Map(
      lines.map(([name]) => [
        digest(name),
        { ignoreCache: false, description: { 'llb.customname': name }, caps: [] },
      ]),
    ),
    locations: new Map(
      lines.flatMap(([name, , at]) =>
        at === undefined ? [] : [[digest(name), [{ sourceIndex: 0, ranges: at.map(range) }]]],
      ),
    ),
    sources: [],
  };
}

const names = (steps: readonly Step[]) => steps.map((step) => step.name);

/** Two stages; BuildKit's order puts what the last instruction needs deep first. */
const stages = definition(
  ['base', [], [1]],
  ['run a', ['base'], [2, 3]],
  ['context', []],
  ['copy', ['base', 'context'], [6]],
  ['copy --from', ['copy', 'run a'], [7]],
  ['end', ['copy --from']],
);

describe('steps', () => {
  test('come in the order of the text, where the graph allows it', () => {
    const jumbled = definition(
      ['context', []],
      ['late', ['context'], [9]],
      ['first', [], [2]],
      ['second', ['first'], [3]],
      ['end', ['second', 'late']],
    );
    expect(names(stepsOf(jumbled))).toEqual(['first', 'second', 'late']);
  });

  test('never come before what they need', () => {
    const backwards = definition(['below', [], [9]], ['above', ['below'], [1]], ['end', ['above']]);
    expect(names(stepsOf(backwards))).toEqual(['below', 'above']);
  });

  test('cover all lines of their instruction', () => {
    const [, run] = stepsOf(stages);
    expect([run?.name, run?.firstLine, run?.lastLine]).toEqual(['run a', 2, 3]);
  });

  test('of one instruction are one step, named for its last op', () => {
    const heredoc = definition(['mkfile', [], [4]], ['copy', ['mkfile'], [4]], ['end', ['copy']]);
    const [step, ...rest] = stepsOf(heredoc);
    expect(rest).toEqual([]);
    expect([step?.name, step?.ops.length]).toEqual(['copy', 2]);
    expect(step && inputsOf(step)).toEqual([]);
  });

  test('need what their ops use from outside', () => {
    const last = stepsOf(stages).at(-1);
    expect(last && inputsOf(last).map((input) => input.digest)).toEqual([
      digest('copy'),
      digest('run a'),
    ]);
  });

  test.each([
    [1, ['base']],
    [2, ['run a']],
    [3, ['run a', 'copy']],
    [4, ['copy --from']],
  ])('running the first %i takes solving only %j', (count, expected) => {
    expect(names(frontier([stages], stepsOf(stages).slice(0, count)))).toEqual(expected);
  });
});

describe('a slice', () => {
  test('holds an op and what it needs, in definition order', () => {
    expect(closureOf(stages, [digest('copy')]).map((one) => one.digest)).toEqual(
      ['base', 'context', 'copy'].map(digest),
    );
  });

  test('sends the bytes as they came, and a terminal op that points at the op', () => {
    const { ops } = sliceOf(stages, digest('run a'), 1);
    expect(ops.slice(0, -1).map((bytes) => new TextDecoder().decode(bytes))).toEqual([
      'base',
      'run a',
    ]);
    expect(ops.at(-1)).toEqual(terminalBytes(digest('run a'), 1));
  });
});
