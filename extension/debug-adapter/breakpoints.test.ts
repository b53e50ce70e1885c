import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../proto/model/digest';
import type { Step } from '../engine/steps';
import { Breakpoints, placeOfLine } from './breakpoints';

function step(firstLine: number, lastLine = firstLine): Step {
  const digest = digestOf(new Uint8Array([firstLine]));
  return { digest, ops: [], source: 0, ranges: [], firstLine, lastLine, name: `step ${firstLine}` };
}

/** FROM on 2, a RUN on 5 to 8, a COPY on 11. */
const steps = [step(2), step(5, 8), step(11)];
const file = resolve('/src/Dockerfile');

describe('a breakpoint on a line', () => {
  test.each([
    ['a comment above', 1, 2],
    ['the instruction itself', 2, 2],
    ['an ENV between', 3, 5],
    ['the first line of a long instruction', 5, 5],
    ['a middle line', 7, 5],
    ['its last line', 8, 5],
    ['below it', 9, 11],
  ])('%s (%i) stands on line %i', (_, line, expected) => {
    expect(placeOfLine(steps, line)?.line).toBe(expected);
  });

  test('below the last step stands nowhere', () => {
    expect(placeOfLine(steps, 12)).toBeUndefined();
  });

  test('is verified at once when the steps are known, and tells its line', () => {
    const breakpoints = new Breakpoints();
    breakpoints.update(steps.map((one) => ({ step: one, path: file })));
    expect(breakpoints.set('/src/Dockerfile', [7, 99])).toEqual([
      { id: 1, verified: true, line: 5, endLine: 8 },
      { id: 2, verified: false, line: 99, message: expect.any(String) as unknown },
    ]);
  });

  test('is told again when better steps move it', () => {
    const breakpoints = new Breakpoints();
    breakpoints.set('/src/Dockerfile', [3]);
    const place = (one: Step) => ({ step: one, path: file });
    expect(breakpoints.update(steps.map(place))).toEqual([
      { id: 1, verified: true, line: 5, endLine: 8 },
    ]);
    expect(breakpoints.update(steps.map(place))).toEqual([]);
    expect(breakpoints.update([place(step(3))])).toEqual([
      { id: 1, verified: true, line: 3, endLine: 3 },
    ]);
  });

  test('of another file does not count', () => {
    const breakpoints = new Breakpoints();
    const place = { step: step(2), path: file };
    breakpoints.update([place]);
    breakpoints.set('/src/other', [2]);
    expect(breakpoints.at(place)).toEqual([]);
    breakpoints.set('/src/Dockerfile', [2]);
    expect(breakpoints.at(place)).toEqual([2]);
  });

  test('can be offered on the lines that have a step', () => {
    const breakpoints = new Breakpoints();
    breakpoints.update(steps.map((one) => ({ step: one, path: file })));
    expect(breakpoints.locations(file, 3, 11)).toEqual([5, 11]);
  });
});
