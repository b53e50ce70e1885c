import { expect, test } from 'vitest';
import { emptyLayout } from '../picture/layout';
import type { Layout } from '../picture/layout';
import { steadyCamera } from './steady-camera';

const layout = (places: Readonly<Record<string, readonly [number, number]>>): Layout => ({
  ...emptyLayout,
  nodes: new Map(
    Object.entries(places).map(([id, [x, y]]) => [id, { x, y, width: 100, height: 50 }]),
  ),
});
const view = { width: 400, height: 300 };
const camera = { x: 10, y: 20, k: 2 };

test('the selected node stays where it is on screen', () => {
  const before = layout({ a: [0, 0], b: [0, 100] });
  const after = layout({ a: [30, 0], b: [30, 150] });
  expect(steadyCamera(before, after, camera, view, 'b')).toEqual({ x: -50, y: -80, k: 2 });
});

test('without a selection, as many visible nodes as possible stay', () => {
  const before = layout({ a: [0, 0], b: [0, 100], gone: [50, 45] });
  const after = layout({ a: [0, 10], b: [0, 500] });
  expect(steadyCamera(before, after, camera, view, undefined)).toEqual({ x: 10, y: 0, k: 2 });
});

test('a selection that is new or gone does not count', () => {
  const before = layout({ a: [0, 0] });
  const after = layout({ a: [0, 0], b: [500, 500] });
  expect(steadyCamera(before, after, camera, view, 'b')).toEqual(camera);
});

test('with nothing in common the camera stays', () => {
  expect(steadyCamera(layout({ a: [0, 0] }), layout({ b: [9, 9] }), camera, view, 'a')).toEqual(
    camera,
  );
});
