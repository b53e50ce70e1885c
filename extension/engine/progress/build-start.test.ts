import { expect, test } from 'vitest';
import { StatusResponse } from '../../../proto/generated/control';
import { BuildStart } from './build-start';

/** A message that tells of a step which began at a time, in milliseconds. */
const began = (time: number) =>
  StatusResponse.create({
    vertexes: [
      { started: { seconds: BigInt(Math.floor(time / 1000)), nanos: (time % 1000) * 1e6 } },
    ],
  });

test('a build began when it was asked for, at most the time earlier that its quickest message took', () => {
  const start = new BuildStart(100_000);
  start.heard(began(101_000), 101_300);
  start.heard(began(102_000), 102_050);
  start.heard(began(103_000), 103_200);
  expect(start.time).toBe(99_950);
});

test.each([
  ['ahead', 3_600_000],
  ['behind', -3_600_000],
])("a builder's clock may be %s", (_, apart) => {
  const start = new BuildStart(100_000);
  start.heard(began(101_000 + apart + 3_600_000), 101_020 + 3_600_000);
  expect(start.time).toBe(99_980 + apart);
});

test('a step that began long before says nothing of when the build began', () => {
  const start = new BuildStart(100_000);
  expect(start.time).toBe(-Infinity);
  start.heard(began(20_000), 100_200);
  expect(start.time).toBeLessThanOrEqual(20_000);
});
