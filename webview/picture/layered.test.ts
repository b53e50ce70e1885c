import { describe, expect, test } from 'vitest';
import { closure, stagedBuild } from './made-up-graphs.test-data';
import type { Box, Layout, LayoutInput } from './layout';
import { Isotonic } from './layered/isotonic';
import { layeredLayout } from './layered';
import type { LayoutFigures } from './layered';
import type { Effort } from './layered/order';

const graphs: Readonly<Record<string, LayoutInput>> = {
  'a small build': stagedBuild(30),
  'a build of 15 stages': stagedBuild(120, 3),
  'a build of 60 stages': stagedBuild(500, 5),
  'a closure': closure(80),
  'a build drawn to the right': { ...stagedBuild(60, 2), direction: 'right' },
  'a build in a narrow panel': { ...stagedBuild(60, 2), room: { width: 625, height: 900 } },
  'a closure in a narrow panel': { ...closure(40), room: { width: 625, height: 900 } },
};

const meets = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width - 0.01 &&
  b.x < a.x + a.width - 0.01 &&
  a.y < b.y + b.height - 0.01 &&
  b.y < a.y + a.height - 0.01;

const inside = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

function pairsThatMeet(boxes: ReadonlyMap<string, Box>): readonly string[] {
  const list = [...boxes];
  return list.flatMap(([a, box], index) =>
    list.slice(index + 1).flatMap(([b, other]) => (meets(box, other) ? [`${a} ${b}`] : [])),
  );
}

describe.each(Object.entries(graphs))('%s', (_, input) => {
  const layout = layeredLayout(input);
  const box = (id: string): Box => {
    const found = layout.nodes.get(id);
    if (found === undefined) throw new Error(`${id} has no place`);
    return found;
  };

  test('has a place for every node and no two of them meet', () => {
    expect(layout.nodes.size).toBe(input.nodes.length);
    expect(pairsThatMeet(layout.nodes)).toEqual([]);
  });

  test('keeps stages apart, with their own steps inside and no others', () => {
    expect(pairsThatMeet(layout.groups)).toEqual([]);
    for (const { id, group } of input.nodes) {
      const holders = [...layout.groups].filter(([, outer]) => meets(box(id), outer));
      expect(holders.map(([name]) => name)).toEqual(group === undefined ? [] : [group]);
      for (const [, outer] of holders) expect(inside(box(id), outer)).toBe(true);
    }
  });

  test('leads every edge one way, from its source to its target', () => {
    const right = input.direction === 'right';
    for (const edge of input.edges) {
      const points = layout.edges.get(edge.id) ?? [];
      const along = points.map(({ x, y }) => (right ? x : y));
      expect(along).toEqual([...along].sort((a, b) => a - b));
      const [source, target] = [box(edge.from), box(edge.to)];
      expect(along[0]).toBeCloseTo(right ? source.x + source.width : source.y + source.height);
      expect(along.at(-1)).toBeCloseTo(right ? target.x : target.y);
    }
  });

  test('stays inside its size', () => {
    for (const each of [...layout.nodes.values(), ...layout.groups.values()])
      expect(inside(each, { x: 0, y: 0, width: layout.width, height: layout.height })).toBe(true);
  });

  test('is the same every time', () => {
    expect(layeredLayout(input)).toEqual(layout);
  });

  test('seeded with its own places, nothing moves', () => {
    const again = layeredLayout({ ...input, previous: layout });
    expect(movedNodes(layout, again)).toEqual([]);
  });
});

test('stages stand from left to right as in the file, in each of two parts that nothing joins', () => {
  const card = { width: 100, height: 40 };
  const part = (name: string): Pick<LayoutInput, 'nodes' | 'groups' | 'edges'> => ({
    nodes: ['a', 'b'].flatMap((stage) =>
      [1, 2].map((step) => ({ id: `${name}${stage}${step}`, group: `${name}${stage}`, ...card })),
    ),
    groups: ['a', 'b'].map((stage) => ({ id: `${name}${stage}`, labelWidth: 20 })),
    edges: ['a1 a2', 'b1 b2', 'a2 b2'].map((ends) => {
      const [from = '', to = ''] = ends.split(' ').map((end) => `${name}${end}`);
      return { id: `${from} ${to}`, from, to, kind: from[1] === to[1] ? 'input' : 'copy' };
    }),
  });
  const parts = [part('x'), part('y')];
  const { groups } = layeredLayout({
    nodes: parts.flatMap(({ nodes }) => nodes),
    groups: parts.flatMap((each) => each.groups),
    edges: parts.flatMap(({ edges }) => edges),
  });
  const leftToRight = [...groups].sort((a, b) => a[1].x - b[1].x).map(([id]) => id);
  expect(leftToRight).toEqual(['xa', 'xb', 'ya', 'yb']);
});

describe('a picture that was not seen before', () => {
  const crossings = (input: LayoutInput, effort: Effort): LayoutFigures => {
    let figures: LayoutFigures = { crossings: NaN, improvable: false };
    layeredLayout(input, effort, (measured) => (figures = measured));
    return figures;
  };

  test.each([1, 2, 3])(
    'crosses less with more effort, of which there is an end (seed %i)',
    (seed) => {
      const input = stagedBuild(250, seed);
      const quick = crossings(input, 'quick');
      const thorough = crossings(input, 'thorough');
      expect(quick.improvable).toBe(true);
      expect(thorough.crossings).toBeLessThan(0.8 * quick.crossings);
      expect(thorough.improvable).toBe(false);
    },
  );

  const once: Readonly<Record<string, LayoutInput>> = {
    'a small one': stagedBuild(40),
    'a very large one': stagedBuild(5000),
    'one without stages': closure(200),
    'one that is known': { ...stagedBuild(250), previous: layeredLayout(stagedBuild(250)) },
  };
  test.each(Object.entries(once))('%s is laid out once', (_, input) => {
    expect(crossings(input, 'quick').improvable).toBe(false);
    expect(layeredLayout(input, 'quick')).toEqual(layeredLayout(input, 'thorough'));
  });
});

describe('stages in a panel that is too narrow for them', () => {
  const column = { width: 625, height: 900 };
  const build = stagedBuild(60, 2);
  const narrow = layeredLayout({ ...build, room: column });

  test('stand below each other instead of beside each other', () => {
    expect(layeredLayout(build).width).toBeGreaterThan(2 * column.width);
    expect(narrow.width).toBeLessThan(1.1 * column.width);
  });

  test('stand beside each other in a wide panel as they would anywhere', () => {
    const small = stagedBuild(12);
    expect(layeredLayout({ ...small, room: { width: 2000, height: 900 } })).toEqual(
      layeredLayout(small),
    );
  });

  test('stand in as many lanes as the panel shows', () => {
    const stages = ['a', 'b', 'c', 'd', 'e', 'f'];
    const card = { width: 224, height: 46 };
    const fan: LayoutInput = {
      nodes: [
        { id: 'base', ...card },
        ...stages.flatMap((group) =>
          [1, 2].map((step) => ({ id: `${group}${step}`, group, ...card })),
        ),
      ],
      groups: stages.map((id) => ({ id, labelWidth: 20 })),
      edges: stages.flatMap((stage) => [
        { id: stage, from: 'base', to: `${stage}1`, kind: 'input' },
        { id: `in ${stage}`, from: `${stage}1`, to: `${stage}2`, kind: 'input' },
      ]),
    };
    const lanes = [625, 1000, 1700].map(
      (width) => layeredLayout({ ...fan, room: { width, height: 900 } }).lanes?.count,
    );
    expect(lanes).toEqual([2, 3, undefined]);
  });

  test.each(build.groups.map(({ id }) => id))(
    'keep their lanes when a step comes at the end of %s, and go no further up',
    (stage) => {
      const last = build.nodes.filter(({ group }) => group === stage).at(-1);
      if (last === undefined) throw new Error('no such stage');
      const after = layeredLayout({
        ...build,
        nodes: [...build.nodes, { ...last, id: 'new' }],
        edges: [...build.edges, { id: 'e', from: last.id, to: 'new', kind: 'input' }],
        room: column,
        previous: narrow,
      });
      expect(after.lanes?.count).toBe(narrow.lanes?.count);
      for (const [id, { row, lane }] of narrow.lanes?.places ?? []) {
        expect(after.lanes?.places.get(id)?.lane).toBe(lane);
        expect(after.lanes?.places.get(id)?.row).toBeGreaterThanOrEqual(row);
      }
    },
  );

  test('that need each other stand as they would anywhere', () => {
    const step = (id: string, group: string): LayoutInput['nodes'][number] => ({
      id,
      group,
      width: 400,
      height: 40,
    });
    const input: LayoutInput = {
      nodes: [step('a1', 'a'), step('b1', 'b'), step('a2', 'a'), step('b2', 'b'), step('c', 'c')],
      groups: ['a', 'b', 'c'].map((id) => ({ id, labelWidth: 20 })),
      edges: [
        { id: '1', from: 'b1', to: 'a2', kind: 'copy' },
        { id: '2', from: 'a1', to: 'b2', kind: 'copy' },
      ],
    };
    expect(layeredLayout({ ...input, room: column })).toEqual(layeredLayout(input));
  });
});

function movedNodes(before: Layout, after: Layout): readonly string[] {
  return [...before.nodes].flatMap(([id, { x, y }]) => {
    const now = after.nodes.get(id);
    return now !== undefined && Math.hypot(now.x - x, now.y - y) > 1 ? [id] : [];
  });
}

describe('a step that comes', () => {
  // The row below a stage that nothing else needs is kept free for it.
  test.each([60, 150, 600])('at the end of %i steps moves next to nothing', (size) => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const input = stagedBuild(size, seed);
      const before = layeredLayout(input);
      const last = input.nodes.at(-1);
      if (last === undefined) throw new Error('no steps');
      const after = layeredLayout({
        ...input,
        nodes: [...input.nodes, { ...last, id: 'export' }],
        edges: [...input.edges, { id: 'e', from: last.id, to: 'export', kind: 'input' }],
        previous: before,
      });
      expect(movedNodes(before, after).length).toBeLessThanOrEqual(size / 100);
    }
  });
});

test('a cycle, an edge to itself and an unknown end do no harm', () => {
  const card = { width: 10, height: 10 };
  const { nodes } = layeredLayout({
    nodes: [
      { id: 'a', ...card },
      { id: 'b', ...card },
    ],
    groups: [],
    edges: [
      { id: '1', from: 'a', to: 'b', kind: 'input' },
      { id: '2', from: 'b', to: 'a', kind: 'copy' },
      { id: '3', from: 'a', to: 'a', kind: 'input' },
      { id: '4', from: 'a', to: 'z', kind: 'input' },
    ],
  });
  expect(nodes.size).toBe(2);
});

test('a thousand stages in a row do not exhaust the stack', () => {
  const count = 20_000;
  const nodes = Array.from({ length: count }, (_, index) => ({
    id: `${index}`,
    width: 9,
    height: 9,
  }));
  const edges = nodes.slice(1).map(({ id }, index) => ({
    id,
    from: `${index}`,
    to: id,
    kind: 'input' as const,
  }));
  expect(layeredLayout({ nodes, groups: [], edges }).nodes.size).toBe(count);
});

test.each([
  [
    [1, 2, 3],
    [1, 1, 1],
    [1, 2, 3],
  ],
  [
    [3, 1],
    [1, 1],
    [2, 2],
  ],
  [
    [3, 0],
    [1, 2],
    [1, 1],
  ],
  [
    [0, 4, 2, 3],
    [1, 1, 1, 1],
    [0, 3, 3, 3],
  ],
])('the nearest rising sequence to %j with weights %j is %j', (values, weights, nearest) => {
  const fitted = Float64Array.from(values);
  new Isotonic().fit(fitted, Float64Array.from(weights), values.length);
  expect([...fitted]).toEqual(nearest);
});
