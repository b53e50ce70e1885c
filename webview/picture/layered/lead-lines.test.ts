import { expect, test } from 'vitest';
import { stagedBuild } from '../made-up-graphs.test-data';
import { layeredLayout } from '.';
import { Arranger } from './arrange';
import { CrossingCounter, placesIn } from './crossings';
import { leadLines } from './lead-lines';
import { NO_GROUP } from './model';
import type { Link, Sheet, Vertex } from './model';
import { sheetOf } from './sheet';

/** A line from 0 to 5 beside a column of 1, 2, 3 and 4; items 6 and 7 are its bends. */
function sheetOfColumnAndLine(group: number): Sheet {
  const vertices = [0, 1, 2, 3, 4, 5].map((id): Vertex => ({
    id: String(id),
    along: 10,
    across: 10,
    group: id === 0 || id === 5 ? NO_GROUP : group,
  }));
  const links = ['0 5', '1 2', '2 3', '3 4'].map((id): Link => {
    const [from = 0, to = 0] = id.split(' ').map(Number);
    return { id, from, to, kind: 'input', reversed: false };
  });
  const rows = Int32Array.of(0, 0, 1, 2, 3, 3);
  return sheetOf(vertices, links, rows, group === NO_GROUP ? 0 : 1, () => 0);
}

/** The rows after the lines have been led, and how often they cross before and after that. */
function led(sheet: Sheet, rows: readonly (readonly number[])[]): unknown {
  const { starts } = new Arranger(sheet);
  const order = Int32Array.from(rows.flat());
  const place = placesIn(order, starts);
  const counter = new CrossingCounter(sheet.down, starts);
  const before = counter.count(order, place);
  leadLines(sheet, starts, order, place);
  expect(place).toEqual(placesIn(order, starts));
  const after = rows.map((_, row) => [...order.subarray(starts[row], starts[row + 1])]);
  return { rows: after, before, after: counter.count(order, place) };
}

test.each([NO_GROUP, 0])(
  'a line passes on the side where it crosses nothing (group %d)',
  (group) => {
    const wrong = [
      [0, 1],
      [2, 6],
      [3, 7],
      [5, 4],
    ];
    const right = [
      [0, 1],
      [6, 2],
      [7, 3],
      [5, 4],
    ];
    expect(led(sheetOfColumnAndLine(group), wrong)).toEqual({ rows: right, before: 2, after: 0 });
  },
);

test('a line that must cross something stays where it is', () => {
  const rows = [
    [0, 1],
    [2, 6],
    [3, 7],
    [4, 5],
  ];
  expect(led(sheetOfColumnAndLine(NO_GROUP), rows)).toEqual({ rows, before: 1, after: 1 });
});

test.each([1, 2, 3])('builds of 250 steps cross less with more effort (seed %d)', (seed) => {
  const crossings = (effort: 'quick' | 'thorough'): number => {
    let count = NaN;
    layeredLayout(stagedBuild(250, seed), effort, (figures) => (count = figures.crossings));
    return count;
  };
  expect(crossings('thorough')).toBeLessThan(0.7 * crossings('quick'));
});
