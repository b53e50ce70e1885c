import { describe, expect, test } from 'vitest';
import { webviewStrings } from '../../proto/messages/webview-strings';
import type { BuildGraph } from '../../proto/model/build-graph';
import { stateAppearances } from './appearance';
import { approximateMeasure } from './display-text';
import { layeredLayout } from './layered';
import { layoutInput } from './layout-input';
import { markup } from './scene';
import { graph, twoStages } from './small-graph.test-data';
import { paintSvg } from './svg-painter';
import { textsFrom } from './texts';

const texts = textsFrom(webviewStrings);

describe('the SVG painter', () => {
  const paint = (target: BuildGraph): string =>
    paintSvg({
      graph: target,
      layout: layeredLayout(layoutInput(target, approximateMeasure)),
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
    const lines = [...svg.matchAll(/class="line" d="([^"]*)"/g)].map(([, path = '']) => path);
    expect(lines.join('').match(/M/g)).toHaveLength(4);
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

  test('an arrow marks each step at which the debugger stands, and words say which thread', () => {
    const stops = (threads: readonly string[]) => ({ state: 'unknown', stops: threads }) as const;
    const status = { 'a.1': stops(['main']), 'b.1': stops(['tools', 'other']) };
    const svg = paint({ ...twoStages, status });
    expect(svg.match(/class="stop-mark"/g)).toHaveLength(2);
    expect(svg).toMatch(/aria-label="[^"]*debugger: main[^"]*"/);
    expect(svg).toMatch(/aria-label="[^"]*debugger: tools, other[^"]*"/);
  });

  test('every state has a look of its own without its colour', () => {
    const looks = Object.values(stateAppearances).map((look) => JSON.stringify(look));
    expect(new Set(looks).size).toBe(looks.length);
  });
});
