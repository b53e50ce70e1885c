import { expect, test } from 'vitest';
import { emptyGraph } from '../../proto/model/build-graph';
import { webviewStrings } from '../../proto/messages/webview-strings';
import { edgeLabel } from './edge-label';
import type { Picture } from './painter';
import { textsFrom } from './texts';

const path = [
  { x: 0, y: 0 },
  { x: 0, y: 40 },
  { x: 300, y: 40 },
  { x: 300, y: 80 },
];

const picture: Picture = {
  graph: emptyGraph,
  layout: {
    width: 300,
    height: 80,
    nodes: new Map(),
    groups: new Map(),
    edges: new Map([['edge', path]]),
  },
  selected: 'b',
  fresh: new Set(),
  now: 0,
  texts: textsFrom(webviewStrings, {}),
  measure: (text) => text.length * 4,
};

const labelOf = (...labels: readonly string[]): string | undefined =>
  edgeLabel({ id: 'edge', from: 'a', to: 'b', kind: 'copy', labels }, picture)?.text;

test.each([
  ['/site/public', '/site/public'],
  ['/nix/store/ghs8r7685yyqmzsjya0a0rvpd0vw8gkq-letters', '/nix/store/…-letters'],
  ['/nix/store/ghs8r7685yyqmzsjya0a0rvpd0vw8gkq-bash-5.2/bin', '/nix/store/…-bash-5.2/bin'],
  // No hash of a store: its alphabet lacks e, o, t and u.
  ['/out/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaae-1', '/out/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaae-1'],
])('an edge with %s says %s', (label, text) => {
  expect(labelOf(label)).toBe(text);
});

test('an edge of other steps says nothing', () => {
  expect(edgeLabel({ id: 'edge', from: 'a', to: 'c', kind: 'copy', labels: ['/x'] }, picture)).toBe(
    undefined,
  );
});
