/** Where nodes, lines and rows of a new picture stood in the one before. */
import type { NodeId } from '../../../proto/model/build-graph';
import type { LayoutInput, OldPlaces, Point } from '../layout';
import type { Link, Sheet, Vertex } from './model';

/** Less than half of the nodes known: the picture is another one, and begins anew. */
const SAME_PICTURE = 0.5;

type Shape = {
  readonly vertices: readonly Vertex[];
  readonly sheet: Sheet;
  readonly down: boolean;
};

/** Whether enough of the nodes stood in a picture before. */
export function isSamePicture(
  { nodes }: OldPlaces,
  vertices: readonly { readonly id: NodeId }[],
): boolean {
  const known = vertices.reduce((count, { id }) => count + (nodes.has(id) ? 1 : 0), 0);
  return known >= SAME_PICTURE * vertices.length;
}

/** By item, the middle it had across before, NaN where it is new; undefined for another picture. */
export function oldPlaces(
  { previous }: LayoutInput,
  shape: Shape & { readonly links: readonly Link[] },
): Float64Array | undefined {
  if (previous === undefined) return undefined;
  const { vertices, sheet, links, down } = shape;
  if (!isSamePicture(previous, vertices)) return undefined;
  const old = new Float64Array(sheet.items.count).fill(NaN);
  vertices.forEach(({ id, across }, vertex) => {
    const place = previous.nodes.get(id);
    if (place === undefined) return;
    old[vertex] = (down ? place.x : place.y) + across / 2;
  });
  const starts = oldRowStarts(previous, shape);
  links.forEach(({ id }, index) => {
    const points = previous.edges.get(id);
    if (points === undefined) return;
    for (let piece = sheet.lasts[index] ?? 0; ;) {
      const bend = sheet.pieces.uppers[piece] ?? 0;
      if (bend < sheet.items.vertices || !Number.isNaN(old[bend])) break;
      old[bend] = crossingAt(points, starts[sheet.items.rows[bend] ?? 0] ?? NaN, down);
      piece = sheet.up.pieces[sheet.up.starts[bend] ?? 0] ?? 0;
    }
  });
  return old;
}

/** By row, where its nodes began before; NaN for rows of new nodes only. */
export function oldRowStarts(
  previous: OldPlaces | undefined,
  { vertices, sheet, down }: Shape,
): number[] {
  const starts = Array.from({ length: sheet.rowCount }, () => NaN);
  vertices.forEach(({ id }, vertex) => {
    const place = previous?.nodes.get(id);
    if (place === undefined) return;
    const row = sheet.items.rows[vertex] ?? 0;
    const start = down ? place.y : place.x;
    const known = starts[row] ?? NaN;
    starts[row] = Number.isNaN(known) ? start : Math.min(known, start);
  });
  return starts;
}

/** Where across a line passes a place along; NaN where it does not. */
function crossingAt(points: readonly Point[], along: number, down: boolean): number {
  for (let index = 1; index < points.length; index += 1) {
    const a = points[index - 1];
    const b = points[index];
    if (a === undefined || b === undefined) continue;
    const [from, to] = down ? [a.y, b.y] : [a.x, b.x];
    if (from > along || to < along) continue;
    const share = to === from ? 0 : (along - from) / (to - from);
    return down ? a.x + (b.x - a.x) * share : a.y + (b.y - a.y) * share;
  }
  return NaN;
}
