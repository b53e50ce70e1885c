import { describe, expect, test } from 'vitest';
import { type BuildGraph, emptyGraph, type NodeState } from '../../../proto/model/build-graph';
import { digestNamed, execNode } from '../../../proto/model/exec-node.test-data';
import type { Step } from '../debug/steps';
import type { StepFailure } from '../failure/step-failure';
import { StepStates } from './step-states';

/** A step of some ops, such as one for each platform. */
function step(...names: readonly string[]): Step {
  const ops = names.map((name) => ({
    digest: digestNamed(name),
    bytes: new Uint8Array(),
    op: { inputs: [], op: { kind: 'unknown' as const } },
  }));
  const digest = digestNamed(names.at(-1) ?? '');
  return { digest, ops, source: 0, ranges: [], firstLine: 1, lastLine: 1, name: names.join() };
}

/** Nodes in these states; what nobody has told of is `undefined`. */
function graphOf(states: Readonly<Record<string, NodeState | undefined>>): BuildGraph {
  const nodes = Object.keys(states).map((name) => ({
    ...execNode(name),
    digest: digestNamed(name),
  }));
  const told = nodes.flatMap(({ id, name }) => {
    const state = states[name];
    return state === undefined ? [] : [[id, { state }] as const];
  });
  return { ...emptyGraph, nodes, status: Object.fromEntries(told) };
}

/** A stream that tells this one after the other, each time that it is looked at. */
function telling(...told: readonly Readonly<Record<string, NodeState | undefined>>[]): StepStates {
  let looks = 0;
  return new StepStates(() => graphOf(told[Math.min(looks++, told.length - 1)] ?? {}));
}

describe('a step of two ops', () => {
  const both = step('a', 'b');

  test.each<[NodeState | undefined, NodeState | undefined, boolean]>([
    ['done', 'cached', true],
    ['done', 'running', false],
    ['done', undefined, false],
  ])('that are %s and %s: done is %s', (a, b, done) => {
    expect(telling({ a, b }).isDone(both)).toBe(done);
  });

  test('was cached when all of it was, which is told a moment later', async () => {
    const late = telling({ a: undefined, b: undefined }, { a: 'cached', b: 'cached' });
    expect(await late.wasCached(both)).toBe(true);
    expect(await telling({ a: 'cached', b: 'done' }).wasCached(both)).toBe(false);
  });

  test('is neither where nobody ever says so', async () => {
    expect(await telling({ a: 'running', b: undefined }).wasCached(both)).toBeUndefined();
  });
});

test('a failure under another build’s name is that of the step which the stream says failed', async () => {
  const foreign: StepFailure = {
    message: 'exit code: 1',
    digest: digestNamed('of another build'),
    mountIds: [],
    inputIds: [],
    places: [],
  };
  const steps = [step('a'), step('b')];
  const states = telling({ a: 'done', b: 'running' }, { a: 'done', b: 'failed' });
  expect(await states.failed(steps, foreign)).toBe(steps[1]);
});
