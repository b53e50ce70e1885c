import { describe, expect, test } from 'vitest';
import { webviewStrings } from '../../proto/messages/webview-strings';
import type { BuildGraph } from '../../proto/model/build-graph';
import { graphText } from './export';
import { graph, twoStages } from './small-graph.test-data';
import { textsFrom } from './texts';

const options = { texts: textsFrom(webviewStrings), title: 'Dockerfile', now: 0 };
const evil = 'RUN "a\\" | <b>`c`</b> # &\n}';
const wicked: BuildGraph = {
  ...graph({ a: [] }),
  nodes: graph({ a: [] }).nodes.map((node) => ({ ...node, name: evil })),
};

describe('a graph as text', () => {
  test('in the language of Graphviz', () => {
    expect(graphText(twoStages, 'dot', options)).toBe(`digraph build {
  rankdir=TB;
  node [shape=box, style=rounded, fontname="sans-serif"];
  subgraph cluster_0 {
    label="a";
    n1 [label="RUN a.1\\nnot built"];
    n2 [label="RUN a.2\\nnot built"];
  }
  subgraph cluster_1 {
    label="b";
    n3 [label="RUN b.1\\nnot built"];
    n4 [label="RUN b.2\\nnot built"];
  }
  n0 [label="RUN context\\nnot built"];
  n1 -> n2 [style=solid];
  n0 -> n2 [style=dashed, arrowhead=vee, label="/src"];
  n3 -> n4 [style=solid];
  n2 -> n4 [style=dashed, arrowhead=vee, label="/out, /lib"];
}
`);
  });

  test('as a Mermaid flowchart', () => {
    expect(graphText(twoStages, 'mermaid', options)).toBe(`flowchart TB
  subgraph g0 ["a"]
    n1["RUN a.1"]
    n2["RUN a.2"]
  end
  subgraph g1 ["b"]
    n3["RUN b.1"]
    n4["RUN b.2"]
  end
  n0["RUN context"]
  n1 --> n2
  n0 -.->|"/src"| n2
  n3 --> n4
  n2 -.->|"/out, /lib"| n4
`);
  });

  test('as a picture, the same every time', async () => {
    const svg = graphText(twoStages, 'svg', options);
    expect(svg).toBe(graphText(twoStages, 'svg', options));
    await expect(svg).toMatchFileSnapshot('two-stages.golden.svg');
  });

  test('a picture of a large closure begins at its result, as on a page, or has every step', () => {
    const ids = Array.from({ length: 400 }, (_, at) => `s${at}`);
    const inputs = ids.map((id, at) => [id, ids.slice(Math.max(0, at - 2), at)] as const);
    const closure = { ...graph(Object.fromEntries(inputs)), results: ['s399'] };
    const steps = (svg: string): readonly string[] =>
      [...svg.matchAll(/data-node="([^"]*)"/g)].map(([, id = '']) => id);
    const first = steps(graphText(closure, 'svg', options));
    expect(first).toContain('s399');
    expect(first.length).toBeLessThan(40);
    expect(steps(graphText(closure, 'svg', { ...options, whole: true }))).toHaveLength(400);
  });

  test('names stay text in every format', () => {
    expect(graphText(wicked, 'dot', options)).toContain(
      'label="RUN \\"a\\\\\\" | <b>`c`</b> # & }\\nnot built"',
    );
    expect(graphText(wicked, 'mermaid', options)).toContain(
      'n0["RUN #34;a\\#34; | #60;b#62;#96;c#96;#60;/b#62; #35; #38; }"]',
    );
    expect(graphText(wicked, 'svg', options)).not.toContain('<b>');
  });
});
