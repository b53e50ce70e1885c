/** A build graph as a Mermaid flowchart, for Markdown files. */
import type { BuildGraph, EdgeKind, GraphNode } from '../../../proto/model/build-graph';
import { statusOf } from '../describe';
import { displayText } from '../display-text';
import { pictureEdges } from '../layout-input';
import type { Texts } from '../texts';

const arrows: Readonly<Record<EdgeKind, string>> = { input: '-->', copy: '-.->', mount: '-.-o' };

/** Mermaid's entities; everything else stays inside quotes. */
const quoted = (text: string): string =>
  `"${displayText(text).replace(/["#<>&`]/g, (character) => `#${character.charCodeAt(0)};`)}"`;

export function mermaid(graph: BuildGraph, texts: Texts): string {
  const numbers = new Map(graph.nodes.map(({ id }, index) => [id, `n${index}`]));
  const name = (id: string): string => numbers.get(id) ?? 'n';
  const node = ({ id, name: title }: GraphNode, indent: string): string => {
    const { state } = statusOf(graph, id);
    const status = state === 'unknown' ? '' : ` (${texts(`state.${state}`)})`;
    return `${indent}${name(id)}[${quoted(`${title}${status}`)}]`;
  };
  const known = new Set(graph.groups.map(({ id }) => id));
  const lines = ['flowchart TB'];
  graph.groups.forEach(({ id, name: label }, index) => {
    const members = graph.nodes.filter(({ group }) => group === id);
    if (members.length === 0) return;
    lines.push(
      `  subgraph g${index} [${quoted(label)}]`,
      ...members.map((member) => node(member, '    ')),
      '  end',
    );
  });
  for (const each of graph.nodes)
    if (each.group === undefined || !known.has(each.group)) lines.push(node(each, '  '));
  for (const { from, to, kind, labels } of pictureEdges(graph)) {
    const label = labels.length === 0 ? '' : `|${quoted(labels.join(', '))}|`;
    lines.push(`  ${name(from)} ${arrows[kind]}${label} ${name(to)}`);
  }
  return `${lines.join('\n')}\n`;
}
