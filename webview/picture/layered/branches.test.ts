import { expect, test } from 'vitest';
import { stagedBuild } from '../made-up-graphs.test-data';
import type { Layout } from '../layout';
import { layeredLayout } from '.';
import { Arranger } from './arrange';
import { branchingLinks } from './branches';
import { CrossingCounter, placesIn } from './crossings';
import { NO_GROUP } from './model';
import type { Link, Sheet, Vertex } from './model';
import { orderedAlike } from './richer-sheet';
import { sheetOf } from './sheet';
import type { SheetOptions } from './sheet';

/**
 * A context (0) beside two stages of four steps each, 1 to 4 and 5 to 8. The far one uses it in its first
 * step and in its last one, so that the second line crosses the near one, unless that has no edges there.
 */
function twoStages(near: 'chain' | 'loose'): {
  readonly vertices: readonly Vertex[];
  readonly links: readonly Link[];
  readonly sheet: (options?: SheetOptions) => Sheet;
} {
  const vertices = Array.from({ length: 9 }, (_, id): Vertex => ({
    id: String(id),
    along: 10,
    across: 10,
    group: id === 0 ? NO_GROUP : id < 5 ? 0 : 1,
  }));
  const chains = [near === 'chain' ? [1, 2, 3, 4] : [], [5, 6, 7, 8]];
  const links = [
    ...chains.flatMap((chain) =>
      chain.slice(1).map((to, index) => ({ from: chain[index] ?? 0, to, kind: 'input' as const })),
    ),
    { from: 0, to: 5, kind: 'copy' as const },
    { from: 0, to: 8, kind: 'copy' as const },
  ].map((link): Link => ({ ...link, id: `${link.from} ${link.to}`, reversed: false }));
  const rows = Int32Array.of(0, 1, 2, 3, 4, 1, 2, 3, 4);
  return {
    vertices,
    links,
    sheet: (options) => sheetOf(vertices, links, rows, 2, () => 0, options),
  };
}

/** The order by row and, in it, by group, lines at the left of everything. */
function linesFirst({ items }: Sheet): Int32Array {
  const key = (item: number): number =>
    (items.rows[item] ?? 0) * 1e3 + (item < items.vertices ? item : 0);
  return Int32Array.from({ length: items.count }, (_, item) => item).sort(
    (a, b) => key(a) - key(b),
  );
}

test.each([
  ['chain', 2, 0],
  ['loose', 0, 0],
] as const)('past a %s, %i links hang on a branch', (near, count, after) => {
  const { vertices, links, sheet } = twoStages(near);
  const plain = sheet();
  const before = { sheet: plain, arranger: new Arranger(plain), order: linesFirst(plain) };
  const branching = branchingLinks(before, vertices, links);
  expect(branching.size).toBe(count);
  const next = orderedAlike(before, sheet({ branched: (link) => branching.has(link) }));
  expect(nodes(next.order, vertices.length)).toEqual(nodes(before.order, vertices.length));
  const { starts } = next.arranger;
  const counter = new CrossingCounter(next.sheet.down, starts);
  expect(counter.count(next.order, placesIn(next.order, starts))).toBe(after);
});

const nodes = (order: Int32Array, count: number): readonly number[] =>
  [...order].filter((item) => item < count);

test('a picture that is seen again keeps its branches, and its lines', () => {
  const input = stagedBuild(120);
  const before = layeredLayout(input);
  const after = layeredLayout({ ...input, previous: before });
  expect(before.branches?.size).toBeGreaterThan(0);
  expect(after.branches).toEqual(before.branches);
  expect(rounded(after)).toEqual(rounded(before));
});

const rounded = ({ edges }: Layout): unknown =>
  [...edges].map(([id, points]) => [
    id,
    points.map(({ x, y }) => `${Math.round(x)} ${Math.round(y)}`),
  ]);

test('an edge that comes to a branch leaves it like the others', () => {
  const input = stagedBuild(120);
  const before = layeredLayout(input);
  const [known = ''] = before.branches ?? [];
  const edge = input.edges.find(({ id }) => id === known);
  const group = input.nodes.find(({ id }) => id === edge?.to)?.group;
  const other = input.nodes.find(
    ({ id, group: of }) =>
      of === group &&
      !input.edges.some(
        ({ from, to, kind }) => to === id && from === edge?.from && kind === edge.kind,
      ),
  );
  if (edge === undefined || other === undefined) throw new Error('no such edge');
  const after = layeredLayout({
    ...input,
    edges: [...input.edges, { ...edge, id: 'new', to: other.id }],
    previous: before,
  });
  expect(after.branches?.has('new')).toBe(true);
});

test('a row that is kept free for a stage stands empty below it, on the same side of the others', () => {
  const { sheet, vertices } = twoStages('chain');
  const plain = sheet();
  const spare = sheet({ spare: (group) => group === 0 });
  // Both stages end in the last row, below which there is nothing to be kept free.
  expect(spare.items.count).toBe(plain.items.count);
  const rows = Int32Array.of(0, 1, 2, 2, 3, 0, 1, 2, 3);
  const grouped = vertices.map((vertex, id) => ({
    ...vertex,
    group: [-1, 0, 0, 0, 1, 1, 1, 1, 1][id] ?? -1,
  }));
  const before = sheetOf(grouped, [], rows, 2, () => 0);
  const after = sheetOf(grouped, [], rows, 2, () => 0, { spare: (group) => group === 0 });
  expect(after.spans[0]).toEqual({ first: 1, last: 3, end: 2 });
  const orderOf = (left: number): readonly number[] => {
    const key = (item: number): number =>
      (rows[item] ?? 0) * 100 + (grouped[item]?.group === left ? 0 : 50) + item;
    const order = Int32Array.from(vertices.keys()).sort((a, b) => key(a) - key(b));
    const found = orderedAlike({ sheet: before, arranger: new Arranger(before), order }, after);
    return [...found.order.subarray(found.arranger.starts[3])].map(
      (item) => after.items.groups[item] ?? -1,
    );
  };
  expect(orderOf(0)).toEqual([0, 1, 1]);
  expect(orderOf(1)).toEqual([1, 1, 0]);
});
