/**
 * Where the camera goes: the first look at a picture, the whole of it, and what must move so that
 * something comes into view. Pure: sizes and boxes in, a camera out.
 */
import type { NodeId } from '../../proto/model/build-graph';
import type { Box, Direction, Layout, Point } from '../picture/layout';
import type { Camera } from '../saved-state';
import type { Size } from './steady-camera';

/**
 * A whole picture smaller than this is not looked at first: its titles would be lower than ten pixels,
 * though they are set the larger the further away they are.
 */
const READABLE = 0.36;
/** What does not fit wholly is begun at no less than this. */
const BEGUN = 0.5;
/** Of places where as much is seen, the nearer the beginning the better; this much, all the way. */
const EARLY = 0.2;
/** What stands over the first row: the head of its groups. */
const OVER = 48;
/** Of very many rows so many are tried as the first one of the view. */
const MOST_TRIED = 60;
/** A small graph is not blown up beyond this. */
const LARGEST = 1.1;
/** What the tools at the lower edge cover. */
const TOOLS = 50;
/** A page begins so far below the upper edge, where there is room to spare. */
const HEAD = 4;
const MARGIN = 28;

/** The room for pictures that are to be seen as a whole. */
const roomOf = ({ width, height }: Size): Size => ({
  width,
  height: Math.max(height / 2, height - TOOLS),
});

/**
 * All of a picture, in the middle across and from the top like a page (from the left, where edges
 * go to the right).
 *
 * @returns undefined where picture or view have no size
 */
export function wholeOf(layout: Layout, size: Size, flow: Direction): Camera | undefined {
  if (layout.width === 0 || size.width === 0 || size.height === 0) return undefined;
  const room = roomOf(size);
  const k = Math.min(LARGEST, room.width / layout.width, room.height / layout.height);
  const x = (room.width - layout.width * k) / 2;
  const y = (room.height - layout.height * k) / 2;
  return flow === 'down' ? { x, y: Math.min(y, HEAD), k } : { x: Math.min(x, HEAD), y, k };
}

/**
 * The first look at a picture: all of it where its titles can be read, from the top like a page;
 * else as much of its width as can be read, at the step that matters most; without such a step where
 * it begins, or, where its width does not fit either, where most of it is seen.
 *
 * @param centre the step to look at, if one matters more than the beginning
 */
export function firstLook(
  layout: Layout,
  size: Size,
  flow: Direction,
  centre: NodeId | undefined,
): Camera | undefined {
  const whole = wholeOf(layout, size, flow);
  if (whole === undefined || whole.k >= READABLE) return whole;
  const room = roomOf(size);
  const across = flow === 'down' ? room.width / layout.width : room.height / layout.height;
  const k = Math.min(1, across >= READABLE ? across : BEGUN);
  const box = centre === undefined ? undefined : layout.nodes.get(centre);
  const view = { width: room.width / k, height: room.height / k };
  const corner =
    box === undefined
      ? across >= READABLE
        ? { x: 0, y: 0 }
        : fullest(layout, view, flow)
      : { x: box.x + box.width / 2 - view.width / 2, y: box.y + box.height / 2 - view.height / 2 };
  const x = offset(corner.x, view.width, layout.width, k);
  const y = offset(corner.y, view.height, layout.height, k);
  // What is shorter than the view along begins at its upper edge too.
  return flow === 'down' ? { x, y: Math.min(y, HEAD), k } : { x: Math.min(x, HEAD), y, k };
}

/** The camera's offset for a picture that begins at `start`, without showing what lies beyond it. */
function offset(start: number, room: number, length: number, k: number): number {
  if (length <= room) return ((room - length) / 2) * k;
  return -Math.min(Math.max(0, start), length - room) * k;
}

/** The upper left corner of the view in which most nodes are seen wholly. */
function fullest(layout: Layout, view: Size, flow: Direction): Point {
  const down = flow === 'down';
  const [long, wide] = down ? [view.height, view.width] : [view.width, view.height];
  const length = down ? layout.height : layout.width;
  const spans = [...layout.nodes.values()]
    .map(({ x, y, width, height }) =>
      down
        ? { start: y, end: y + height, low: x, high: x + width }
        : { start: x, end: x + width, low: y, high: y + height },
    )
    .sort((a, b) => a.low - b.low);
  const rows = [...new Set(spans.map(({ start }) => start))].sort((a, b) => a - b);
  let best = { row: 0, low: 0, high: 0, worth: 0 };
  const step = Math.ceil(rows.length / MOST_TRIED);
  for (const row of rows.filter((_, index) => index % step === 0)) {
    const inside = spans.filter(
      ({ start, end }) => start >= row && end <= row + long - OVER - MARGIN,
    );
    const worth = 1 - (EARLY * row) / length;
    let after = 0;
    inside.forEach(({ low }, first) => {
      while ((inside[after]?.high ?? Infinity) <= low + wide - 2 * MARGIN) after += 1;
      const seen = (after - first) * worth;
      if (seen > best.worth) best = { row, low, high: inside[after - 1]?.high ?? low, worth: seen };
    });
  }
  const across = (best.low + best.high - wide) / 2;
  const along = best.row - OVER;
  return down ? { x: across, y: along } : { x: along, y: across };
}

/** The camera after the view has got another size: what was in its middle stays there. */
export function resized(camera: Camera, before: Size, after: Size): Camera {
  return {
    ...camera,
    x: camera.x + (after.width - before.width) / 2,
    y: camera.y,
  };
}

/** How much of a view something lies over, in pixels: at two of its edges, and the lower left corner. */
export type Covered = {
  readonly above: number;
  readonly below: number;
  readonly corner: Size;
};

const NOTHING: Covered = { above: 0, below: 0, corner: { width: 0, height: 0 } };

/** How far the camera must move for a box to be wholly visible; a box too large is centred. */
export function shiftIntoView(
  box: Box,
  { x, y, k }: Camera,
  { width, height }: Size,
  { above, below, corner }: Covered = NOTHING,
): Point {
  const along = (start: number, length: number, from: number, to: number): number => {
    if (length + 2 * MARGIN > to - from) return (from + to) / 2 - (start + length / 2);
    if (start < from + MARGIN) return from + MARGIN - start;
    return Math.min(0, to - MARGIN - (start + length));
  };
  const shift = {
    x: along(box.x * k + x, box.width * k, 0, width),
    y: along(box.y * k + y, box.height * k, above, height - below),
  };
  const left = box.x * k + x + shift.x;
  const bottom = (box.y + box.height) * k + y + shift.y;
  const right = corner.width + MARGIN / 2 - left;
  const up = bottom - (height - corner.height - MARGIN / 2);
  if (right <= 0 || up <= 0) return shift;
  // Out of the corner by the shorter way that stays in the view.
  const isWide = left + box.width * k + right > width - MARGIN;
  const isHigh = bottom - box.height * k - up < above + MARGIN;
  if (!isHigh && (isWide || up <= right)) return { x: shift.x, y: shift.y - up };
  return isWide ? shift : { x: shift.x + right, y: shift.y };
}
