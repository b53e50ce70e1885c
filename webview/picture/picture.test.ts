import { describe, expect, test } from 'vitest';
import { webviewStrings } from '../../proto/messages/webview-strings';
import type { BuildGraph, GraphNode } from '../../proto/model/build-graph';
import { digestOf } from '../../proto/model/digest';
import { stateAppearances } from './appearance';
import { nodeLabel, placesInGroups, statusOf, summary } from './describe';
import { approximateMeasure, displayText, ellipsize, titleOf } from './display-text';
import { headPath, linePath } from './edge-path';
import { elkAnswer, fromElk, toElk } from './elk';
import { laneLayout } from './lanes';
import { layoutInput, pictureEdges, sameLayoutInput } from './layout-input';
import { neighbour } from './navigate';
import { markup } from './scene';
import { paintSvg } from './svg-painter';
import { textsFrom } from './texts';
import { bytesText, durationText, elapsed, modeText, progressShare } from './units';

const texts = textsFrom(webviewStrings);
const digest = digestOf(new Uint8Array());

/** A graph from `id: inputs` lines; a dot in an id puts the node into the group before it. */
function graph(lines: Readonly<Record<string, readonly string[]>>): BuildGraph {
  const nodes = Object.entries(lines).map(([id, inputs]): GraphNode => ({
    id,
    digest,
    neutralDigest: digest,
    kind: 'exec',
    name: `RUN ${id}`,
    fullName: `RUN ${id}`,
    ...(id.includes('.') ? { group: id.split('.')[0] ?? '' } : {}),
    inputs: inputs.map((text) => {
      const [node = '', label] = text.replace('copy ', '').split('=');
      return {
        node,
        kind: text.startsWith('copy ') ? 'copy' : 'input',
        ...(label === undefined ? {} : { label }),
      };
    }),
    ranges: [],
    details: [],
    internal: false,
    uncertain: false,
  }));
  const groups = [...new Set(nodes.flatMap((node) => node.group ?? []))];
  return {
    nodes,
    groups: groups.map((id) => ({ id, name: id, kind: 'stage' })),
    sources: [],
    results: [],
    status: {},
    notes: [],
  };
}

const twoStages = graph({
  context: [],
  'a.1': [],
  'a.2': ['a.1', 'copy context=/src'],
  'b.1': [],
  'b.2': ['b.1', 'copy a.2=/out', 'copy a.2=/lib'],
});

describe('names', () => {
  test.each([
    ['RUN make', 'exec', 'RUN', 'make'],
    ['RUN --mount=type=cache,target=/x --network=none make all', 'exec', 'RUN', 'make all'],
    ['COPY --link --from=build /a /b', 'file', 'COPY', '--from=build /a /b'],
    ['RUN --help', 'exec', 'RUN', '--help'],
    ['FROM docker.io/library/alpine:3', 'image', 'FROM', 'alpine:3'],
    [`FROM x@sha256:${'ab'.repeat(32)}`, 'image', 'FROM', 'x@abababab'],
    ['hello-2.12.drv', 'exec', '', 'hello-2.12.drv'],
    ['local://context', 'local', '', 'local://context'],
  ] as const)('%s', (name, kind, keyword, rest) => {
    expect(titleOf(name, kind)).toEqual({ keyword, rest });
  });

  test.each([
    ['two\n  lines', 'two lines'],
    ['a\u202eexe.txt', 'a\ufffdexe.txt'],
    ['\u001b[31mred', '\ufffd[31mred'],
    ['<img src=x>', '<img src=x>'],
  ])('%j is shown as %j', (name, shown) => {
    expect(displayText(name)).toBe(shown);
  });

  test('are cut where they no longer fit, between characters', () => {
    const measure = (text: string): number => Array.from(text).length * 10;
    expect(ellipsize('abcdef', 60, 'title', measure)).toBe('abcdef');
    expect(ellipsize('abcdef', 50, 'title', measure)).toBe('abcd…');
    expect(ellipsize('😀😀😀', 20, 'title', measure)).toBe('😀…');
    expect(ellipsize('abc', 0, 'title', measure)).toBe('…');
  });
});

describe('units', () => {
  test.each([
    [0, '0.0 s'],
    [420, '0.4 s'],
    [9960, '10 s'],
    [61_000, '1 min 1 s'],
    [3_720_000, '1 h 2 min'],
  ])('%d ms', (milliseconds, text) => {
    expect(durationText(milliseconds, texts)).toBe(text);
  });
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [612_345, '612 kB'],
    [2_500_000_000, '2.5 GB'],
  ])('%d bytes', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
  test.each([
    [0o755, 'rwxr-xr-x'],
    [0o4755, 'rwsr-xr-x'],
    [0o1777, 'rwxrwxrwt'],
    [0o2640, 'rw-r-S---'],
    [0, '---------'],
  ])('mode %o', (mode, text) => {
    expect(modeText(mode)).toBe(text);
  });
  test('a cached step took no time, a running one takes time until now', () => {
    expect(elapsed({ state: 'cached', started: 5, completed: 9 }, 10)).toBeUndefined();
    expect(elapsed({ state: 'running', started: 5 }, 10)).toBe(5);
    expect(elapsed({ state: 'queued' }, 10)).toBeUndefined();
  });
  test('progress counts what has a total', () => {
    const part = { id: '', name: '', completed: false };
    expect(progressShare({ state: 'running' })).toBeUndefined();
    expect(
      progressShare({
        state: 'running',
        progress: [
          { ...part, current: 30, total: 40 },
          { ...part, current: 5, total: 0 },
          { ...part, current: 80, total: 60 },
        ],
      }),
    ).toBe(0.9);
  });
});

describe('descriptions', () => {
  test('a node says what it is, where it stands and how it went', () => {
    const node = twoStages.nodes[4];
    if (node === undefined) throw new Error('no node');
    const place = placesInGroups(twoStages).get('b.2');
    const status = { state: 'done', started: 0, completed: 4200, warnings: 1 } as const;
    expect(nodeLabel(node, status, place, 0, texts)).toBe(
      'RUN b.2, Command, b, step 2 of 2, done, 4.2 s, 1 warning, 3 inputs',
    );
  });
  test('the graph is counted by state', () => {
    const status = { 'a.1': { state: 'cached' }, 'a.2': { state: 'failed' } } as const;
    expect(summary({ ...twoStages, status }, texts)).toBe('5 steps · 1 failed · 1 cached');
  });
  test('a node id that objects inherit has no status', () => {
    expect(statusOf(twoStages, 'constructor').state).toBe('unknown');
  });
  test('translations replace texts, missing ones fall back', () => {
    const german = textsFrom(webviewStrings, { 'state.cached': 'aus dem Cache' });
    expect(german('state.cached')).toBe('aus dem Cache');
    expect(german('summary.done', 3)).toBe('3 done');
  });
});

describe('edges', () => {
  test('several uses of one kind are one edge, with their labels', () => {
    expect(
      pictureEdges(twoStages).map(({ from, to, kind, labels }) => [from, to, kind, labels]),
    ).toEqual([
      ['a.1', 'a.2', 'input', []],
      ['context', 'a.2', 'copy', ['/src']],
      ['b.1', 'b.2', 'input', []],
      ['a.2', 'b.2', 'copy', ['/out', '/lib']],
    ]);
  });
  test('inputs that are not in the graph are left out', () => {
    expect(pictureEdges(graph({ a: ['gone'] }))).toEqual([]);
  });
  test('a line stops before its head and rounds its corners', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 0, y: 50 },
      { x: 80, y: 50 },
      { x: 80, y: 100 },
    ];
    expect(linePath(points)).toBe('M0 0L0 41Q0 50 9 50L71 50Q80 50 80 59L80 93');
    expect(headPath(points, 'filled')).toBe('M80 99.5L75.8 92L84.2 92Z');
  });
  test('an edge without a way draws nothing', () => {
    expect(linePath([])).toBe('');
    expect(headPath([], 'dot')).toBe('');
  });
});

describe('layout', () => {
  test('asks for a new picture only when its shape changes', () => {
    const before = layoutInput(twoStages, approximateMeasure);
    const status = { 'a.1': { state: 'cached' } } as const;
    expect(sameLayoutInput(before, layoutInput({ ...twoStages, status }, approximateMeasure))).toBe(
      true,
    );
    expect(sameLayoutInput(before, layoutInput(graph({ a: [] }), approximateMeasure))).toBe(false);
  });

  test('groups without nodes take no room', () => {
    const input = layoutInput(
      { ...twoStages, groups: [...twoStages.groups, { id: 'z', name: 'z', kind: 'stage' }] },
      approximateMeasure,
    );
    expect(input.groups.map((group) => group.id)).toEqual(['a', 'b']);
  });

  test("ELK's graph nests nodes in groups and hands on old places", () => {
    const input = layoutInput(twoStages, approximateMeasure, new Map([['a.1', { x: 3, y: 4 }]]));
    const elk = toElk(input);
    expect(
      elk.children?.map((child) => [child.id, child.children?.map((each) => each.id)]),
    ).toEqual([
      ['ncontext', undefined],
      ['ga', ['na.1', 'na.2']],
      ['gb', ['nb.1', 'nb.2']],
    ]);
    expect(elk.children?.[1]?.children?.[0]?.layoutOptions?.['elk.position']).toBe('(3,4)');
    expect(elk.edges?.length).toBe(4);
  });

  test("ELK's answer becomes boxes and points; its other messages are none", () => {
    const answer = elkAnswer({
      id: 7,
      data: {
        id: 'root',
        width: 100,
        height: 50,
        children: [
          { id: 'ga', x: 1, y: 2, width: 3, height: 4, children: [{ id: 'nx', x: 5, y: 6 }] },
        ],
        edges: [{ id: 'e', sections: [{ startPoint: { x: 0, y: 0 }, endPoint: { x: 9, y: 9 } }] }],
      },
    });
    if (answer === undefined || 'error' in answer) throw new Error('no answer');
    const layout = fromElk(answer.graph);
    expect(layout.groups.get('a')).toEqual({ x: 1, y: 2, width: 3, height: 4 });
    expect(layout.nodes.get('x')).toEqual({ x: 5, y: 6, width: 0, height: 0 });
    expect(layout.edges.get('e')).toEqual([
      { x: 0, y: 0 },
      { x: 9, y: 9 },
    ]);
    expect(elkAnswer({ id: 'register' })).toBeUndefined();
    expect(elkAnswer({ id: 1, error: { message: 'no' } })).toEqual({ id: 1, error: 'no' });
  });
});

describe('lanes', () => {
  const layout = laneLayout(layoutInput(twoStages, approximateMeasure));

  test('every edge goes down', () => {
    for (const { from, to } of pictureEdges(twoStages)) {
      const above = layout.nodes.get(from);
      const below = layout.nodes.get(to);
      expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThan(below?.y ?? 0);
    }
  });
  test('no two nodes overlap', () => {
    const wide = graph(
      Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [
          i % 3 === 0 ? `n${i}` : `g${i % 7}.${i}`,
          i % 5 === 0 ? [] : [i % 3 === 1 ? `n${i - 1}` : `g${(i - 1) % 7}.${i - 1}`],
        ]),
      ),
    );
    const boxes = [...laneLayout(layoutInput(wide, approximateMeasure)).nodes.values()];
    expect(boxes).toHaveLength(300);
    for (const [index, a] of boxes.entries())
      for (const b of boxes.slice(index + 1))
        expect(
          a.x + a.width <= b.x ||
            b.x + b.width <= a.x ||
            a.y + a.height <= b.y ||
            b.y + b.height <= a.y,
        ).toBe(true);
  });
  test('a group holds its nodes', () => {
    const group = layout.groups.get('a');
    for (const id of ['a.1', 'a.2']) {
      const node = layout.nodes.get(id);
      expect(
        node !== undefined && group !== undefined && node.x >= group.x && node.y >= group.y,
      ).toBe(true);
    }
  });
  test('nothing takes no room', () => {
    expect(laneLayout(layoutInput(graph({}), approximateMeasure))).toMatchObject({
      width: 0,
      height: 0,
    });
  });
});

describe('arrow keys', () => {
  const layout = laneLayout(layoutInput(twoStages, approximateMeasure));
  test.each([
    ['b.2', 'up', 'b.1'],
    ['a.1', 'down', 'a.2'],
    ['a.2', 'down', 'b.2'],
    ['b.2', 'down', undefined],
    ['a.1', 'right', 'b.1'],
    ['b.1', 'left', 'a.1'],
    ['b.2', 'first', 'context'],
    ['context', 'last', 'b.2'],
  ] as const)('from %s %s to %s', (from, direction, to) => {
    expect(neighbour(twoStages, layout, from, direction)).toBe(to);
  });
});

describe('the SVG painter', () => {
  const paint = (target: BuildGraph): string =>
    paintSvg({
      graph: target,
      layout: laneLayout(layoutInput(target, approximateMeasure)),
      fresh: new Set(),
      now: 0,
      texts,
      measure: approximateMeasure,
    })
      .map(markup)
      .join('');

  test('draws a card for every node and a line for every edge', () => {
    const svg = paint(twoStages);
    expect(svg.match(/data-node=/g)).toHaveLength(5);
    expect(svg.match(/class="line"/g)).toHaveLength(4);
    expect(svg.match(/class="group-box"/g)).toHaveLength(2);
  });

  test('markup in names stays text', () => {
    const evil = '"><img src=x onerror=alert(1)></text><script>';
    const [node] = graph({ a: [] }).nodes;
    if (node === undefined) throw new Error('no node');
    const svg = paint({
      ...graph({}),
      nodes: [{ ...node, id: evil, name: evil, fullName: evil, group: evil }],
      groups: [{ id: evil, name: evil, kind: 'stage' }],
    });
    expect(svg).not.toMatch(/<(img|script)/);
    expect(svg).toContain('&quot;&gt;&lt;img');
  });

  test('every state has a look of its own without its colour', () => {
    const looks = Object.values(stateAppearances).map((look) => JSON.stringify(look));
    expect(new Set(looks).size).toBe(looks.length);
  });
});
