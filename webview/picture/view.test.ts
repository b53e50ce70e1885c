import { describe, expect, test } from 'vitest';
import type { BuildGraph, GraphNode } from '../../proto/model/build-graph';
import { digestOf } from '../../proto/model/digest';
import { attributionOf } from './attribution';
import { near, ofPlatform, waysBetween } from './view/focus';
import { withoutImplied } from './view/implied';
import { noChoices, sideBySide, viewOf, withStatus } from './view';

/** `a.1<b.2,c` is the step `a.1` of stage `a` with the inputs `b.2` and `c`. */
function graphOf(text: string): BuildGraph {
  const nodes = text.split(' ').map((part): GraphNode => {
    const [id = '', inputs] = part.split('<');
    const [group, step] = id.split('.');
    const digest = digestOf(new TextEncoder().encode(id));
    return {
      id,
      digest,
      neutralDigest: digest,
      kind: 'exec',
      name: id,
      fullName: id,
      inputs: (inputs?.split(',') ?? []).map((node) => ({ node, kind: 'input' })),
      ...(step === undefined || group === undefined ? {} : { group }),
      ranges: [],
      details: [],
      internal: false,
      uncertain: false,
    };
  });
  const groups = [...new Set(nodes.flatMap(({ group }) => group ?? []))];
  return {
    nodes,
    groups: groups.map((id) => ({ id, name: id, kind: 'stage' })),
    sources: [],
    results: [nodes.at(-1)?.id ?? ''],
    status: {},
    notes: [],
  };
}

/** The reverse of {@link graphOf}, with folds by their names in brackets. */
function textOf({ nodes }: BuildGraph): string {
  const names = new Map(
    nodes.map(({ id, name }) => [id, id.startsWith('fold') ? `[${name}]` : id]),
  );
  return nodes
    .map(({ id, inputs }) =>
      [
        names.get(id),
        ...(inputs.length > 0 ? [inputs.map(({ node }) => names.get(node))] : []),
      ].join('<'),
    )
    .join(' ');
}

const stages = 'context a.1 a.2<a.1,context a.3<a.2 b.1<a.2 b.2<b.1,context b.3<b.2,a.3';

describe('a closed stage', () => {
  test.each([
    [{ a: false }, 'context [a]<context b.1<[a] b.2<b.1,context b.3<b.2,[a]'],
    [{ b: false }, 'context a.1 a.2<a.1,context a.3<a.2 [b]<a.2,context,a.3'],
    [{ a: false, b: false }, 'context [a]<context [b]<[a],context'],
    [{ a: true }, stages],
  ])('%j is one node with the edges of all its steps', (open, shown) => {
    expect(textOf(viewOf(graphOf(stages), { stages: open }).graph)).toBe(shown);
  });

  test('tells what its steps come to', () => {
    const graph = graphOf(stages);
    const view = viewOf(graph, { stages: { a: false } });
    const [fold = ''] = view.folds.keys();
    const after = (status: BuildGraph['status']): unknown =>
      withStatus(view, { ...graph, status }).graph.status[fold];
    expect(after({})).toEqual({ state: 'unknown' });
    expect(
      after({
        'a.1': { state: 'cached', started: 5, completed: 5 },
        'a.2': { state: 'done', started: 10, completed: 40, warnings: [{ text: 'Odd' }] },
        'a.3': { state: 'running', started: 40 },
      }),
    ).toEqual({ state: 'running', started: 10, warnings: [{ text: 'Odd' }] });
    expect(
      after({
        'a.1': { state: 'done', started: 1, completed: 3 },
        'a.2': { state: 'failed', started: 3, completed: 4, error: 'exit code: 1' },
        'a.3': { state: 'cancelled' },
      }),
    ).toEqual({ state: 'failed', started: 1, completed: 4, error: 'exit code: 1' });
    expect(
      after({ 'a.1': { state: 'cached' }, 'a.2': { state: 'cached' }, 'a.3': { state: 'cached' } }),
    ).toEqual({ state: 'cached' });
    expect(after({ 'a.1': { state: 'cached' }, 'a.2': { state: 'cached', stops: ['a'] } })).toEqual(
      { state: 'unknown', stops: ['a'] },
    );
  });

  test('is found by any of its steps', () => {
    const { holders, folds } = viewOf(graphOf(stages), { stages: { a: false } });
    expect(
      ['a.1', 'a.2', 'a.3', 'b.1'].map((id) => folds.get(holders.get(id) ?? '')?.group),
    ).toEqual(['a', 'a', 'a', undefined]);
  });
});

test.each([
  ['a b<a c<b d<c e<d', '[a … d] e<[a … d]'],
  ['a b<a c<b x<a d<c e<d,x', 'a x<a [b … d]<a e<[b … d],x'],
  ['a b<a c<a,b', 'a b<a c<a,b'],
])('runs: %s is drawn as %s', (graph, shown) => {
  expect(textOf(viewOf(graphOf(graph), { ...noChoices, runs: true }).graph)).toBe(shown);
});

test.each([
  ['a b<a c<a,b', 'a b<a c<b'],
  ['a b<a c<b d<a,b,c', 'a b<a c<b d<c'],
  ['a b c<a,b', 'a b c<a,b'],
])('implied edges: %s is drawn as %s', (graph, shown) => {
  expect(textOf(withoutImplied(graphOf(graph)))).toBe(shown);
});

test('the reduced graph reaches what the whole one does', () => {
  const names = Array.from({ length: 90 }, (_, index) => `n${index}`);
  const graph = graphOf(
    names
      .map((name, at) => {
        const inputs = [1, 2, 5, 33, 64].flatMap((back) => names[at - back] ?? []);
        return inputs.length === 0 ? name : `${name}<${inputs.join(',')}`;
      })
      .join(' '),
  );
  const reach = ({ nodes }: BuildGraph): readonly string[] => {
    const sets = new Map<string, Set<string>>();
    for (const { id, inputs } of nodes)
      sets.set(id, new Set(inputs.flatMap(({ node }) => [node, ...(sets.get(node) ?? [])])));
    return [...sets].map(([id, set]) => `${id}: ${[...set].sort().join(' ')}`);
  };
  const reduced = withoutImplied(graph);
  expect(reach(reduced)).toEqual(reach(graph));
  expect(reduced.nodes.flatMap(({ inputs }) => inputs)).toHaveLength(89);
});

test.each([
  [0, 'c'],
  [1, 'b c d'],
  [2, 'a b c d e'],
])('within %i edges of c are %s', (hops, shown) => {
  const graph = graphOf('a b<a c<b d<c e<d f<e');
  expect(
    near(graph, 'c', hops)
      .nodes.map(({ id }) => id)
      .join(' '),
  ).toBe(shown);
});

test('a platform keeps what its steps need', () => {
  const graph = graphOf('context x<context y<context z<x');
  const nodes = graph.nodes.map((node) =>
    node.id === 'z' ? { ...node, platform: 'linux/arm64' } : node,
  );
  expect(ofPlatform({ ...graph, nodes }, 'linux/arm64').nodes.map(({ id }) => id)).toEqual([
    'context',
    'x',
    'z',
  ]);
});

test('large graphs begin with their stages closed, small ones with all open', () => {
  const many = (stagesCount: number): BuildGraph =>
    graphOf(
      Array.from({ length: stagesCount * 4 }, (_, at) => {
        const stage = Math.floor(at / 4);
        const before =
          at % 4 === 0 ? (stage === 0 ? undefined : `${stage - 1}.3`) : `${stage}.${(at % 4) - 1}`;
        return `${stage}.${at % 4}${before === undefined ? '' : `<${before}`}`;
      }).join(' '),
    );
  expect(viewOf(many(5), noChoices).folds.size).toBe(0);
  expect(viewOf(many(20), noChoices).folds.size).toBe(20);
});

describe('housekeeping', () => {
  const graph = graphOf('read load a.1<load a.2<a.1');
  const internal: BuildGraph = {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, internal: node.group === undefined })),
  };

  test('that nothing is joined to is not drawn', () => {
    const view = viewOf(internal, noChoices);
    expect(textOf(view.graph)).toBe('load a.1<load a.2<a.1');
    expect([...view.hidden]).toEqual(['read']);
  });

  test('that failed is drawn all the same', () => {
    const failed = { ...internal, status: { read: { state: 'failed' as const } } };
    expect(textOf(viewOf(failed, noChoices).graph)).toBe('read load a.1<load a.2<a.1');
  });
});

test('a build for several platforms has each stage once for every platform', () => {
  const graph = graphOf('a.1 a.2 b.1<a.1 b.2<a.2 c.1<a.1');
  const nodes = graph.nodes.map((node) =>
    node.id === 'c.1'
      ? node
      : { ...node, platform: node.id.endsWith('1') ? 'linux/amd64' : 'linux/arm64' },
  );
  const { groups, nodes: shown } = viewOf({ ...graph, nodes }, noChoices).graph;
  expect(groups.map(({ name }) => name)).toEqual([
    'a · linux/amd64',
    'a · linux/arm64',
    'b · linux/amd64',
    'b · linux/arm64',
    'c',
  ]);
  const names = new Map(groups.map(({ id, name }) => [id, name]));
  expect(shown.map(({ id, group = '' }) => `${id} in ${names.get(group) ?? ''}`)).toEqual([
    'a.1 in a · linux/amd64',
    'a.2 in a · linux/arm64',
    'b.1 in b · linux/amd64',
    'b.2 in b · linux/arm64',
    'c.1 in c',
  ]);
  expect(sideBySide(graph)).toBe(graph);
});

test('a stage that builds for other platforms stands once, on the one that it runs on', () => {
  const graph = graphOf('a.1 a.2<a.1 a.3<a.1 b.1<a.2 c.1<a.3');
  const platforms: Readonly<Record<string, string>> = {
    'a.3': 'linux/amd64->arm64',
    'c.1': 'linux/arm64',
  };
  const nodes = graph.nodes.map((node) => ({
    ...node,
    platform: platforms[node.id] ?? 'linux/amd64',
  }));
  const shown = { ...graph, nodes };
  expect(viewOf(shown, noChoices).graph.groups.map(({ name }) => name)).toEqual([
    'a · linux/amd64',
    'b · linux/amd64',
    'c · linux/arm64',
  ]);
  expect(textOf(viewOf(shown, { stages: {}, platform: 'linux/arm64' }).graph)).toBe(
    'a.1 a.3<a.1 c.1<a.3',
  );
});

describe('why a step is needed', () => {
  const graph = graphOf('a b<a c<a d<b e<c,a f<d x<a y<x,f');

  test.each([
    [undefined, 'c', undefined],
    [undefined, 'b', 'b< d<b f<d y<,f'],
    ['f', 'a', 'a b<a d<b f<d'],
    ['a', 'd', 'a b<a d<b'],
    ['x', 'd', undefined],
  ])('the ways from %s to %s', (from, to, shown) => {
    const found = waysBetween(graph, from, to);
    expect(found && textOf(found)).toBe(shown);
  });

  test('what it needs itself, and what of that is there for it alone', () => {
    const done = { state: 'done', started: 0, completed: 1000 } as const;
    const outputs = (...sizes: number[]) => sizes.map((size) => ({ name: 'out', size }));
    const timed = {
      ...graph,
      status: {
        a: { ...done, outputs: outputs(1) },
        b: done,
        d: { ...done, outputs: outputs(2, 4) },
      },
    };
    expect(attributionOf(timed, 'f', 0)).toEqual({
      needed: { steps: 3, duration: 3000, size: 7 },
      alone: { steps: 2, duration: 2000, size: 6 },
    });
    expect(attributionOf(timed, 'a', 0)).toBeUndefined();
  });
});
