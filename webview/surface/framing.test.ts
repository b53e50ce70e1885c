import { describe, expect, test } from 'vitest';
import { emptyLayout } from '../picture/layout';
import type { Layout } from '../picture/layout';
import { firstLook, resized, shiftIntoView, wholeOf } from './framing';

/** Cards of 200 by 50 in rows, as many a row as said. */
function rows(...counts: readonly number[]): Layout {
  const nodes = new Map(
    counts.flatMap((count, row) =>
      Array.from({ length: count }, (_, index) => [
        `${row}.${index}`,
        { x: 24 + index * 240, y: 24 + row * 80, width: 200, height: 50 },
      ]),
    ),
  );
  return {
    ...emptyLayout,
    nodes,
    width: Math.max(...counts) * 240 + 8,
    height: counts.length * 80 + 18,
  };
}

const column = { width: 500, height: 700 };
const wide = { width: 1200, height: 700 };

describe('the first look', () => {
  test.each([
    ['a column', column],
    ['a wide panel', wide],
  ])('at a small picture in %s is all of it, in the middle across, from the top', (_, size) => {
    const layout = rows(1, 2, 1);
    const { x, y, k } = firstLook(layout, size, 'down', undefined) ?? { x: 0, y: 0, k: 0 };
    expect(x).toBeCloseTo((size.width - layout.width * k) / 2);
    expect(y).toBeLessThan(10);
    expect(k).toBeGreaterThan(0.9);
  });

  test('at one too wide for a column begins at its upper edge, however low it is', () => {
    const { y, k } = firstLook(rows(9, 9), column, 'down', undefined) ?? { y: 9, k: 0 };
    expect(k).toBe(0.5);
    expect(y).toBeLessThan(10);
  });

  test('at a long one is its beginning, as wide as it is', () => {
    const layout = rows(...Array.from({ length: 60 }, () => 2));
    const { y, k } = firstLook(layout, column, 'down', undefined) ?? { y: 1, k: 0 };
    expect(y).toBeCloseTo(0);
    expect(k).toBe(1);
  });

  test.each([
    ['a column', column, 2],
    ['a narrow column', { width: 360, height: 700 }, 2],
  ])('at one too wide for %s can be read, and is where most of it is', (_, size, columns) => {
    // A base in a corner, and what rests on it in a block elsewhere, as stages mostly stand.
    const base = { x: 1900, y: 24, width: 200, height: 50 };
    const block = [...rows(...Array.from({ length: 12 }, () => 3)).nodes].map(
      ([id, box]) => [id, { ...box, x: box.x + 700, y: box.y + 300 }] as const,
    );
    const nodes = new Map([['base', base] as const, ...block]);
    const layout = { ...emptyLayout, nodes, width: 2124, height: 1310 };
    const { x, y, k } = firstLook(layout, size, 'down', undefined) ?? { x: 0, y: 1, k: 0 };
    expect(k).toBe(0.5);
    const seen = block.filter(
      ([, box]) =>
        box.x * k + x >= 0 &&
        (box.x + box.width) * k + x <= size.width &&
        box.y * k + y >= 0 &&
        (box.y + box.height) * k + y <= size.height,
    );
    expect(seen.length).toBeGreaterThanOrEqual(12 * columns);
  });

  test('at a huge one with a failure is at what failed', () => {
    const layout = rows(...Array.from({ length: 60 }, () => 30));
    const { x, y, k } = firstLook(layout, column, 'down', '30.15') ?? { x: 0, y: 0, k: 0 };
    const box = layout.nodes.get('30.15') ?? { x: 0, y: 0 };
    expect(box.x * k + x).toBeGreaterThan(0);
    expect(box.x * k + x).toBeLessThan(column.width - 200 * k);
    expect(box.y * k + y).toBeGreaterThan(0);
    expect(box.y * k + y).toBeLessThan(column.height);
  });

  test('waits for a view that has a size', () => {
    expect(firstLook(rows(1), { width: 0, height: 0 }, 'down', undefined)).toBeUndefined();
    expect(wholeOf(emptyLayout, wide, 'down')).toBeUndefined();
  });
});

test('a view that becomes wider keeps its middle', () => {
  expect(resized({ x: 10, y: 20, k: 2 }, column, wide)).toEqual({ x: 360, y: 20, k: 2 });
});

const none = { width: 0, height: 0 };

test('what lies under a corner comes out of it by the shorter way that stays in the view', () => {
  const view = { width: 400, height: 500 };
  const corner = { width: 100, height: 150 };
  const shift = (x: number, y: number, width = 80, above = 0) =>
    shiftIntoView({ x, y, width, height: 40 }, { x: 0, y: 0, k: 1 }, view, {
      above,
      below: 0,
      corner,
    });
  expect(shift(30, 330)).toEqual({ x: 0, y: -34 });
  expect(shift(90, 420)).toEqual({ x: 24, y: 0 });
  // There is no room on its right, or none above.
  expect(shift(60, 420, 300)).toEqual({ x: 0, y: -124 });
  expect(shift(30, 330, 80, 290)).toEqual({ x: 84, y: 0 });
  expect(shift(30, 330, 300, 290)).toEqual({ x: 0, y: 0 });
  // Beside it, and above it.
  expect(shift(120, 420)).toEqual({ x: 0, y: 0 });
  expect(shift(30, 290)).toEqual({ x: 0, y: 0 });
});

test('what is beyond an edge comes inside it, what is in view stays', () => {
  const box = { x: 600, y: 100, width: 100, height: 50 };
  expect(shiftIntoView(box, { x: 0, y: 0, k: 1 }, column)).toEqual({ x: -228, y: 0 });
  expect(shiftIntoView(box, { x: -300, y: 0, k: 1 }, column)).toEqual({ x: 0, y: 0 });
  // Something lies over its upper edge, or its lower one.
  const { height } = column;
  const camera = { x: -300, y: 0, k: 1 };
  expect(shiftIntoView(box, camera, column, { above: 90, below: 0, corner: none })).toEqual({
    x: 0,
    y: 18,
  });
  const low = { ...box, y: height - 100 };
  expect(shiftIntoView(low, camera, column, { above: 0, below: 0, corner: none })).toEqual({
    x: 0,
    y: 0,
  });
  expect(shiftIntoView(low, camera, column, { above: 0, below: 60, corner: none })).toEqual({
    x: 0,
    y: -38,
  });
});
