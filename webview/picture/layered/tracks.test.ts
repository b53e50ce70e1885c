import { expect, test } from 'vitest';
import { assignTracks } from './tracks';
import type { Net } from './tracks';

/** `start>end,end…` */
function nets(...texts: readonly string[]): readonly Net[] {
  return texts.map((text, net) => {
    const [start = 0, ...ends] = text.split(/[>,]/).map(Number);
    return { net, start, ends, low: Math.min(start, ...ends), high: Math.max(start, ...ends) };
  });
}

const tracksOf = (...texts: readonly string[]): readonly (number | undefined)[] => {
  const { tracks } = assignTracks(nets(...texts));
  return texts.map((_, net) => tracks.get(net));
};

test.each([
  ['lines that keep clear of each other share a track', ['0>40', '100>140'], [0, 0]],
  ['of two that go right, the right one lies above', ['0>100', '50>150'], [1, 0]],
  ['of two that go left, the left one lies above', ['100>0', '150>50'], [0, 1]],
  ['a line that ends among the ends of another lies below it', ['50>40', '0>20,60,100'], [1, 0]],
  [
    'a line that only starts among the ends of another lies above it',
    ['50>120', '0>20,60,100'],
    [0, 1],
  ],
] as const)('%s', (_, texts, tracks) => {
  expect(tracksOf(...texts)).toEqual(tracks);
});

test('a line goes where it crosses fewest, whichever way it goes', () => {
  // Right of left would be the rule, but then the second would cross the first one's start and an end.
  expect(tracksOf('20>50,150', '100>0')).toEqual([1, 0]);
});
