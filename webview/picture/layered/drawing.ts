/** From middles across to places and corners in pixels, turned into the wanted direction. */
import { GROUP_PADDING } from '../layout-input';
import type { Box, Direction, Layout, LayoutInput, Point } from '../layout';
import type { Spacing } from './distances';
import { NO_GROUP } from './model';
import type { Link, Sheet, Vertex } from './model';
import { oldRowStarts } from './old-places';
import { channelsOf } from './routes';
import type { Channel } from './routes';

export const MARGIN = 24;
/**
 * Between two rows: before the first crosswise line, between two, and after the last. Where there
 * are groups, lines keep clear of the lower ends of their boxes in all rows alike, so that rows
 * do not move when a group ends elsewhere.
 */
const CHANNEL = { before: 16, clear: 8, track: 9, after: 18, least: 34, most: 180 } as const;
const firstTrack = (sheet: Sheet, frame: Frame): number =>
  sheet.spans.length > 0 ? frame.after + CHANNEL.clear : CHANNEL.before;

/** Distances that depend on which way the edges go. */
export type Frame = {
  readonly spacing: Spacing;
  /** Room along, inside a group, before its first row and after its last. */
  readonly before: number;
  readonly after: number;
};

export const frames: Readonly<Record<Direction, Frame>> = {
  down: {
    spacing: {
      vertex: 32,
      line: 12,
      group: 26,
      open: GROUP_PADDING.side,
      close: GROUP_PADDING.side,
    },
    before: GROUP_PADDING.top,
    after: GROUP_PADDING.bottom,
  },
  right: {
    spacing: {
      vertex: 20,
      line: 10,
      group: 22,
      open: GROUP_PADDING.top,
      close: GROUP_PADDING.bottom,
    },
    before: GROUP_PADDING.side,
    after: GROUP_PADDING.side,
  },
};

export type Drawing = {
  readonly vertices: readonly Vertex[];
  readonly links: readonly Link[];
  readonly sheet: Sheet;
  readonly middles: Float64Array;
  readonly frame: Frame;
  readonly down: boolean;
};

/** Places and corners in pixels, turned into the wanted direction. */
export function drawn(input: LayoutInput, drawing: Drawing): Layout {
  const { vertices, sheet, middles, frame, down } = drawing;
  if (vertices.length === 0)
    return { width: 0, height: 0, nodes: new Map(), groups: new Map(), edges: new Map() };
  const channels = channelsOf(sheet, middles);
  const { starts, thickness } = rowStarts(input, drawing, channels);
  const low = lowest(drawing);
  // Old places stay what they were, unless something now stands beyond the edge.
  const offset = input.previous === undefined || low < MARGIN ? MARGIN - low : 0;
  const point = (across: number, along: number): Point =>
    down ? { x: across + offset, y: along } : { x: along, y: across + offset };
  const box = (across: number, along: number, wide: number, long: number): Box => ({
    ...point(across, along),
    ...(down ? { width: wide, height: long } : { width: long, height: wide }),
  });

  const nodes = new Map<string, Box>();
  vertices.forEach(({ id, along, across }, vertex) => {
    const row = sheet.items.rows[vertex] ?? 0;
    const spare = ((thickness[row] ?? along) - along) / 2;
    nodes.set(
      id,
      box((middles[vertex] ?? 0) - across / 2, (starts[row] ?? 0) + spare, across, along),
    );
  });
  const groups = new Map<string, Box>();
  const sides = groupSides(drawing, input.groups.length);
  input.groups.forEach(({ id, labelWidth }, group) => {
    const span = sheet.spans[group];
    const side = sides[group];
    if (span === undefined || side === undefined || span.end < 0) return;
    const start = (starts[span.first] ?? 0) - frame.before;
    const end = (starts[span.end] ?? 0) + (thickness[span.end] ?? 0) + frame.after;
    const wide = Math.max(side.high - side.low, down ? labelWidth + 2 * GROUP_PADDING.side : 0);
    const long = Math.max(end - start, down ? 0 : labelWidth + 2 * GROUP_PADDING.side);
    groups.set(id, box(side.low, start, wide, long));
  });
  const edges = routesOf(drawing, channels, { starts, thickness, point });
  let width = 0;
  let height = 0;
  for (const each of [...nodes.values(), ...groups.values()]) {
    width = Math.max(width, each.x + each.width);
    height = Math.max(height, each.y + each.height);
  }
  return { width: width + MARGIN, height: height + MARGIN, nodes, groups, edges };
}

type Rows = { readonly starts: readonly number[]; readonly thickness: readonly number[] };

/** Where each row begins: below the one before, its groups' ends, the channel and its own groups' heads. */
function rowStarts(
  { previous }: LayoutInput,
  { vertices, sheet, frame, down }: Drawing,
  channels: readonly Channel[],
): Rows {
  const thickness = Array.from({ length: sheet.rowCount }, () => 0);
  const old = oldRowStarts(previous, { vertices, sheet, down });
  vertices.forEach(({ along }, vertex) => {
    const row = sheet.items.rows[vertex] ?? 0;
    thickness[row] = Math.max(thickness[row] ?? 0, along);
  });
  const begins = new Set(sheet.spans.map(({ first }) => first));
  const first = firstTrack(sheet, frame);
  const starts: number[] = [];
  let next = MARGIN + (begins.has(0) ? frame.before : 0);
  for (let row = 0; row < sheet.rowCount; row += 1) {
    // A row that stood a little further on stays there: smaller channels are no reason to move.
    const before = old[row] ?? NaN;
    const start = before >= next && before - next < CHANNEL.most ? before : next;
    starts.push(start);
    const channel = channels[row];
    const tracks = channel?.count ?? 0;
    const lines = tracks === 0 ? 0 : first + (tracks - 1) * CHANNEL.track + CHANNEL.after;
    const room = Math.min(CHANNEL.most, Math.max(CHANNEL.least, lines));
    next = start + (thickness[row] ?? 0) + room + (begins.has(row + 1) ? frame.before : 0);
  }
  return { starts, thickness };
}

function lowest({ sheet, middles, frame }: Drawing): number {
  let low = Infinity;
  sheet.items.halves.forEach((half, item) => {
    if (half === 0) return;
    const inside = sheet.items.groups[item] === NO_GROUP ? 0 : frame.spacing.open;
    low = Math.min(low, (middles[item] ?? 0) - half - inside);
  });
  return low;
}

/** Each group's box across: as tight as its members allow. */
function groupSides(
  { sheet, middles, frame }: Drawing,
  count: number,
): readonly { readonly low: number; readonly high: number }[] {
  const sides = Array.from({ length: count }, () => ({ low: Infinity, high: -Infinity }));
  sheet.items.halves.forEach((half, item) => {
    const side = sides[sheet.items.groups[item] ?? NO_GROUP];
    // An item that only keeps a row free has no size.
    if (side === undefined || half === 0) return;
    side.low = Math.min(side.low, (middles[item] ?? 0) - half - frame.spacing.open);
    side.high = Math.max(side.high, (middles[item] ?? 0) + half + frame.spacing.close);
  });
  return sides;
}

function routesOf(
  { links, sheet, middles, frame }: Drawing,
  channels: readonly Channel[],
  { starts, thickness, point }: Rows & { readonly point: (across: number, along: number) => Point },
): ReadonlyMap<string, readonly Point[]> {
  const edges = new Map<string, readonly Point[]>();
  const { pieces, items, up } = sheet;
  const first = firstTrack(sheet, frame);
  const way: number[] = [];
  links.forEach(({ id, reversed }, index) => {
    way.length = 0;
    for (let piece = sheet.lasts[index] ?? 0; ;) {
      way.push(piece);
      const upper = pieces.uppers[piece] ?? 0;
      if (upper < items.vertices) break;
      piece = up.pieces[up.starts[upper] ?? 0] ?? 0;
    }
    const points: Point[] = [];
    for (let step = way.length - 1; step >= 0; step -= 1) {
      const piece = way[step] ?? 0;
      const upper = pieces.uppers[piece] ?? 0;
      const row = items.rows[upper] ?? 0;
      const out = (middles[upper] ?? 0) + (pieces.outs[piece] ?? 0);
      const into = (middles[pieces.lowers[piece] ?? 0] ?? 0) + (pieces.ins[piece] ?? 0);
      const top = (starts[row] ?? 0) + (thickness[row] ?? 0);
      const bottom = starts[row + 1] ?? top;
      const channel = channels[row];
      const slanted = channel?.slanted === true;
      if (slanted || step === way.length - 1) points.push(point(out, top));
      if (slanted) points.push(point(into, bottom));
      else if (Math.abs(out - into) > 0.75) {
        const track = channel?.tracks.get(pieces.nets[piece] ?? 0) ?? 0;
        const along = Math.min(top + first + track * CHANNEL.track, bottom - 8);
        points.push(point(out, along), point(into, along));
      }
      if (step === 0 && !slanted) points.push(point(into, bottom));
    }
    edges.set(id, reversed ? points.reverse() : points);
  });
  return edges;
}
