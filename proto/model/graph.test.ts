/** The graph model: names taken apart, ids carried over edits, patches, live status. */
import { describe, expect, it, test } from 'vitest';
import type { BuildGraph, GraphNode, NodeKind } from './build-graph';
import { emptyGraph } from './build-graph';
import { commonSubsequence } from './common-subsequence';
import { digestOf, parseDigest, type Digest } from './digest';
import { applyPatch, diffGraphs, mergePatches } from './graph-patch';
import { joinStatus, statusByNeutralDigest } from './join-status';
import { applyStatus, endStatus, type StatusUpdate } from './live-graph';
import { carryNodeIds } from './node-ids';
import { parseVertexName } from './vertex-name';

const digest = (text: string): Digest => digestOf(new TextEncoder().encode(text));

/** A graph of one chain, written as `group:kind:name`; ids are given in order. */
function chain(...steps: string[]): BuildGraph {
  const counts = new Map<string, number>();
  let path = '';
  const nodes = steps.map((step, index): GraphNode => {
    const [group = '', kind = 'exec', name = ''] = step.split(':');
    path += `/${step}`;
    const count = (counts.get(`${group}/${kind}`) ?? 0) + 1;
    counts.set(`${group}/${kind}`, count);
    return {
      id: `${group}/${kind}-${count}`,
      digest: digest(path),
      neutralDigest: digest(path),
      kind: kind as NodeKind,
      name,
      fullName: name,
      group,
      inputs: index === 0 ? [] : [{ node: 'previous', kind: 'input' }],
      ranges: [],
      details: [],
      internal: false,
      uncertain: false,
    };
  });
  const linked = nodes.map((node, index) => {
    const before = nodes[index - 1];
    return before === undefined
      ? node
      : { ...node, inputs: [{ node: before.id, kind: 'input' as const }] };
  });
  const last = linked.at(-1);
  return { ...emptyGraph, nodes: linked, results: last === undefined ? [] : [last.id] };
}

const ids = (graph: BuildGraph) => graph.nodes.map((node) => node.id);

test.each([
  ['[2/4] RUN make', { step: 2, total: 4, text: 'RUN make', internal: false }],
  ['[build 1/2] FROM a', { stage: 'build', step: 1, total: 2, text: 'FROM a', internal: false }],
  [
    '[linux/amd64 build  3/12] RUN x',
    { platform: 'linux/amd64', stage: 'build', step: 3, total: 12, text: 'RUN x', internal: false },
  ],
  [
    '[linux/amd64->arm64 build 3/5] RUN x\ny',
    {
      platform: 'linux/amd64->arm64',
      stage: 'build',
      step: 3,
      total: 5,
      text: 'RUN x\ny',
      internal: false,
    },
  ],
  ['[internal] load build context', { text: 'load build context', internal: true }],
  ['exporting to image', { text: 'exporting to image', internal: false }],
])('the vertex name %s is taken apart', (name, parts) => {
  expect(parseVertexName(name)).toEqual(parts);
});

test('a digest is 64 lower-case hex digits of sha256', () => {
  expect(digestOf(new Uint8Array())).toBe(
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  expect(parseDigest('sha256:E3')).toBeUndefined();
});

describe('the longest common subsequence', () => {
  test.each([
    ['abc', 'abc', ['00', '11', '22']],
    ['abc', 'axbc', ['00', '12', '23']],
    ['abcd', 'acbd', ['00', '21', '33']],
    ['', 'abc', []],
  ])('of %s and %s', (a, b, pairs) => {
    const found = commonSubsequence(Array.from(a), Array.from(b), (x, y) => x === y);
    expect(found.map(([i, j]) => `${i}${j}`)).toEqual(pairs);
  });
});

describe('node ids survive edits', () => {
  const before = chain('s:image:FROM a', 's:exec:RUN 1', 's:exec:RUN 2', 't:image:FROM b');

  it('an inserted step is new and moves no other id', () => {
    const after = carryNodeIds(
      before,
      chain('s:image:FROM a', 's:exec:RUN 0', 's:exec:RUN 1', 's:exec:RUN 2', 't:image:FROM b'),
    );
    expect(ids(after)).toEqual(['s/image-1', 's/exec-3', 's/exec-1', 's/exec-2', 't/image-1']);
    expect(after.nodes.map((node) => node.inputs[0]?.node)).toEqual([
      undefined,
      's/image-1',
      's/exec-3',
      's/exec-1',
      's/exec-2',
    ]);
    expect(after.results).toEqual(['t/image-1']);
  });

  it('a step typed over keeps its id', () => {
    const after = carryNodeIds(
      before,
      chain('s:image:FROM a', 's:exec:RUN changed', 's:exec:RUN 2', 't:image:FROM b'),
    );
    expect(ids(after)).toEqual(ids(before));
  });

  it('a removed step takes its id along', () => {
    const after = carryNodeIds(before, chain('s:image:FROM a', 's:exec:RUN 2', 't:image:FROM b'));
    expect(ids(after)).toEqual(['s/image-1', 's/exec-2', 't/image-1']);
  });
});

describe('patches', () => {
  const a = chain('s:image:FROM a', 's:exec:RUN 1');
  const b = carryNodeIds(a, chain('s:image:FROM a', 's:exec:RUN 0', 's:exec:RUN 1'));
  const c = carryNodeIds(b, chain('s:image:FROM a', 's:exec:RUN 0'));

  it('equal graphs have no difference', () => {
    expect(diffGraphs(a, structuredClone(a))).toBeUndefined();
  });

  it.each([
    ['adding', a, b],
    ['removing', b, c],
    ['both', a, c],
    ['filling', emptyGraph, c],
  ])('%s: applying the difference gives the new graph', (_, from, to) => {
    const patch = diffGraphs(from, to);
    expect(patch).toBeDefined();
    expect(applyPatch(from, patch ?? {})).toEqual(to);
  });

  it('merged patches do what both do', () => {
    const first = diffGraphs(a, b) ?? {};
    const second = diffGraphs(b, c) ?? {};
    expect(applyPatch(a, mergePatches(first, second))).toEqual(c);
  });
});

describe('live status', () => {
  const graph = chain('s:image:FROM a', 's:exec:RUN 1');
  const update = (
    vertex: Partial<StatusUpdate['vertexes'][number]> & { digest: Digest },
  ): StatusUpdate => ({
    vertexes: [{ inputs: [], name: '', cached: false, error: '', ...vertex }],
    statuses: [],
    logs: [],
    warnings: [],
  });
  const run = graph.nodes[1]?.digest ?? digest('');
  const stateAfter = (...updates: StatusUpdate[]) =>
    updates.reduce((state, next) => applyStatus(state, next).graph, graph).status['s/exec-1']
      ?.state;

  it.each([
    ['queued', [update({ digest: run })]],
    ['running', [update({ digest: run, started: 1 })]],
    ['cached', [update({ digest: run, started: 1, completed: 1, cached: true })]],
    ['done', [update({ digest: run, started: 1, completed: 2 })]],
    ['failed', [update({ digest: run, started: 1, completed: 2, error: 'exit code: 1' })]],
    [
      'cancelled',
      [
        update({
          digest: run,
          started: 1,
          completed: 2,
          error: 'process "x" did not complete: context canceled',
        }),
      ],
    ],
    // The cache key was computed first, then the step really started.
    [
      'running',
      [update({ digest: run, started: 1, completed: 2 }), update({ digest: run, started: 3 })],
    ],
    ['done', [update({ digest: run, started: 1, completed: 2 }), update({ digest: run })]],
  ] as const)('a vertex is %s', (state, updates) => {
    expect(stateAfter(...updates)).toBe(state);
  });

  it('a vertex outside the definition becomes a node with its inputs', () => {
    const foreign = digest('foreign');
    const next = applyStatus(
      graph,
      update({ digest: foreign, name: '[internal] load x', inputs: [run] }),
    ).graph;
    expect(next.nodes[0]).toMatchObject({
      digest: foreign,
      internal: true,
      inputs: [{ node: 's/exec-1' }],
    });
    expect(next.nodes).toHaveLength(3);
  });

  it('warnings stand once at what is written where they point, else at their vertex', () => {
    const written: BuildGraph = {
      ...graph,
      sources: [{ filename: 'Dockerfile', language: 'Dockerfile' }],
      nodes: graph.nodes.map((node, index) => ({
        ...node,
        ranges: [
          {
            source: 0,
            start: { line: 3 * index + 1, character: 0 },
            end: { line: 3 * index + 2, character: 0 },
          },
        ],
      })),
    };
    const loads = digest('load build definition');
    const at = (filename: string, ...lines: number[]) => ({
      vertex: loads,
      text: `${filename} ${lines.join()}`,
      url: lines.length > 0 ? 'https://example.org/rule' : '',
      filename,
      lines,
    });
    const warned = {
      ...update({ digest: loads, name: '[internal] load build definition from Dockerfile' }),
      warnings: [at('Dockerfile', 5), at('Dockerfile', 3), at('other', 5), at('')],
    };
    const once = applyStatus(written, warned).graph;
    const { status, nodes } = applyStatus(once, warned).graph;
    const warnings = (id = '') => status[id]?.warnings?.map(({ text }) => text);
    expect(status['s/exec-1']?.warnings).toEqual([
      { text: 'Dockerfile 5', url: 'https://example.org/rule' },
    ]);
    expect(warnings(nodes[0]?.id)).toEqual(['Dockerfile 3', 'other 5', ' ']);
  });

  it('the end of a build leaves nothing running', () => {
    const running = applyStatus(graph, update({ digest: run, started: 1 })).graph;
    expect(endStatus(running, 9).graph.status['s/exec-1']).toEqual({
      state: 'cancelled',
      started: 1,
      completed: 9,
    });
  });

  it('joins a later text by neutral digest and says that it is from the last build', () => {
    const built = applyStatus(graph, update({ digest: run, started: 1, completed: 2 })).graph;
    const edited = carryNodeIds(graph, chain('s:image:FROM a', 's:exec:RUN 1', 's:exec:RUN 2'));
    const joined = joinStatus(edited, statusByNeutralDigest(built), { fromLastBuild: true });
    expect(joined.status).toEqual({
      's/exec-1': { state: 'done', started: 1, completed: 2, fromLastBuild: true },
    });
  });
});
