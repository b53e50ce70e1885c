/**
 * A picture as a page of its own that can be moved, zoomed, searched and asked for details, in any
 * browser and without a network. Its policy lets nothing run but the one script that it brings.
 */
import type { BuildGraph, GraphNode } from '../../../proto/model/build-graph';
import { digestOf } from '../../../proto/model/digest';
import { statusOf, statusParts, summary } from '../describe';
import { displayText } from '../display-text';
import type { Picture } from '../painter';
import type { Texts } from '../texts';
import { colourCss } from './colours';
import { viewerCss, viewerScript } from './html-viewer';
import { pictureMarkup } from './svg-document';
import { pictureCss } from '../style';

type Fact = {
  readonly label: string;
  readonly values: readonly { readonly text: string; readonly step?: string }[];
};

export function htmlDocument(picture: Picture, title: string): string {
  const { graph, texts, now } = picture;
  const name = escaped(displayText(title));
  const steps = graph.nodes.map((node) => {
    const state = statusParts(node, statusOf(graph, node.id), now, texts).join(' · ');
    return {
      id: node.id,
      name: displayText(node.name),
      state,
      text: `${node.fullName}\n${state}\n${node.digest}`.toLowerCase(),
      facts: factsOf(graph, node, texts),
    };
  });
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hashOf(viewerScript)}'`;
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${name}</title>
<style>
${colourCss(':root')}
${pictureCss}${viewerCss}</style>
</head>
<body>
<header><h1>${name}</h1><span id="summary">${escaped(summary(graph, texts))}</span><input type="search" aria-label="${escaped(texts('search.label'))}" placeholder="${escaped(texts('search.label'))}"></header>
<main>${pictureMarkup(picture, title)}</main>
<aside hidden></aside>
<script type="application/json" id="data">${JSON.stringify({ steps }).replaceAll('<', '\\u003c')}</script>
<script>${viewerScript}</script>
</body>
</html>
`;
}

function factsOf(graph: BuildGraph, node: GraphNode, texts: Texts): readonly Fact[] {
  const names = new Map(graph.nodes.map(({ id, name }) => [id, displayText(name)]));
  const { error } = statusOf(graph, node.id);
  const inputs = node.inputs.flatMap(({ node: step }) => {
    const text = names.get(step);
    return text === undefined ? [] : [{ text, step }];
  });
  const details = new Map<string, { readonly text: string }[]>();
  for (const { label, value } of node.details)
    details.set(label, [...(details.get(label) ?? []), { text: value }]);
  return [
    ...(error === undefined ? [] : [{ label: texts('details.error'), values: [{ text: error }] }]),
    ...(inputs.length === 0 ? [] : [{ label: texts('details.inputs'), values: inputs }]),
    { label: texts('details.digest'), values: [{ text: node.digest }] },
    ...[...details].map(([label, values]) => ({ label, values })),
  ];
}

/** What a policy knows a script by: its SHA-256 in base64. */
function hashOf(text: string): string {
  const hex = digestOf(new TextEncoder().encode(text)).replace('sha256:', '');
  const bytes = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return btoa(String.fromCharCode(...bytes));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escaped = (text: string): string => text.replace(/[&<>"]/g, (each) => entities[each] ?? '');
