/** What the selected step takes or gives along an edge, and where that stands: the same for every painter. */
import { displayText, ellipsize } from './display-text';
import { labelPoint } from './edge-path';
import type { PictureEdge } from './layout-input';
import type { Picture } from './painter';
import { NEAR } from './reading';

/** Pixels that a label may be wide. */
const WIDTH = 220;

/** Names in a Nix store begin with 32 characters that tell nobody anything, and fill a label. */
const STORE_HASH = /(?<=\/)[0-9abcdfghijklmnpqrsvwxyz]{32}(?=-)/g;

/** @returns undefined for edges of other steps; the text is set around its point */
export function edgeLabel(
  { id, from, to, labels }: PictureEdge,
  { layout, measure, selected, reading = NEAR }: Picture,
): { readonly text: string; readonly x: number; readonly y: number } | undefined {
  const label = from === selected || to === selected ? labelText(labels) : '';
  const place = label === '' ? undefined : labelPoint(layout.edges.get(id) ?? []);
  if (place === undefined) return undefined;
  const text = ellipsize(label, WIDTH / reading.scale, 'detail', measure);
  return { text, x: place.x, y: place.y + 4 * reading.scale };
}

const labelText = (labels: readonly string[]): string =>
  displayText(labels.join(', ')).replace(STORE_HASH, '…');
