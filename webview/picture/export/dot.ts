/** A build graph in the language of Graphviz. */
import type { BuildGraph, EdgeKind, GraphNode } from '../../../proto/model/build-graph';
import { statusOf, statusParts } from '../describe';
import { displayText } from '../display-text';
import { pictureEdges } from '../layout-input';
import type { Texts } from '../texts';

const edgeStyles: Readonly<Record<EdgeKind, string>> = {
  input: 'style=solid',
  copy: 'style=dashed, arrowhead=vee',
  mount: 'style=dotted, arrowhead=odot',
};

/** Text in double quotes; a backslash begins an escape there, so it is doubled. */
const quoted = (text: string): string =>
  `"${text.replace(/[\\"]/g, (character) => `\\${character}`)}"`;

export function dot(graph: BuildGraph, texts: Texts, now: number): string {
  const numbers = new Map(graph.nodes.map(({ id }, index) => [id, `n${index}`]));
  const name = (id: string): string => numbers.get(id) ?? 'n';
  const node = (each: GraphNode, indent: string): string => {
    const parts = statusParts(each, statusOf(graph, each.id), now, texts).join(' · ');
    const label = `${quoted(displayText(each.name)).slice(0, -1)}\\n${quoted(parts).slice(1)}`;
    return `${indent}${name(each.id)} [label=${label}];`;
  };
  const known = new Set(graph.groups.map(({ id }) => id));
  const lines = [
    'digraph build {',
    '  rankdir=TB;',
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
  ];
  graph.groups.forEach(({ id, name: label }, index) => {
    const members = graph.nodes.filter(({ group }) => group === id);
    if (members.length === 0) return;
    lines.push(
      `  subgraph cluster_${index} {`,
      `    label=${quoted(displayText(label))};`,
      ...members.map((member) => node(member, '    ')),
      '  }',
    );
  });
  for (const each of graph.nodes)
    if (each.group === undefined || !known.has(each.group)) lines.push(node(each, '  '));
  for (const { from, to, kind, labels } of pictureEdges(graph)) {
    const label = labels.length === 0 ? '' : `, label=${quoted(displayText(labels.join(', ')))}`;
    lines.push(`  ${name(from)} -> ${name(to)} [${edgeStyles[kind]}${label}];`);
  }
  lines.push('}', '');
  return lines.join('\n');
}
