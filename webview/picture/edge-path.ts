/** The lines of the picture: corners rounded, an arrow head at the end. */
import type { ArrowHead } from './appearance';
import type { Point } from './layout';

const RADIUS = 9;
/** How far from its target an edge's line ends, so that the head has room. */
const HEAD = 7;

const round = (value: number): number => Math.round(value * 10) / 10;
const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;

/** The point on the way from `from` to `to` that lies `length` before `to`. */
function before(from: Point, to: Point, length: number): Point {
  const whole = Math.hypot(to.x - from.x, to.y - from.y);
  if (whole === 0) return to;
  const share = Math.max(0, whole - length) / whole;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** The line through `points` with rounded corners, ending where its arrow head begins. */
export function linePath(points: readonly Point[]): string {
  const first = points[0];
  const last = points.at(-1);
  const beforeLast = points.at(-2);
  if (first === undefined || last === undefined || beforeLast === undefined) return '';
  const way = [...points.slice(0, -1), before(beforeLast, last, HEAD)];
  let path = `M${at(first)}`;
  for (let index = 1; index < way.length; index += 1) {
    const previous = way[index - 1];
    const corner = way[index];
    const next = way[index + 1];
    if (previous === undefined || corner === undefined) continue;
    if (next === undefined) {
      path += `L${at(corner)}`;
      continue;
    }
    const room = Math.min(
      RADIUS,
      Math.hypot(corner.x - previous.x, corner.y - previous.y) / 2,
      Math.hypot(next.x - corner.x, next.y - corner.y) / 2,
    );
    path += `L${at(before(previous, corner, room))}Q${at(corner)} ${at(before(next, corner, room))}`;
  }
  return path;
}

/** The head at the end of `points`, as a path. */
export function headPath(points: readonly Point[], head: ArrowHead): string {
  const tip = points.at(-1);
  const tail = points.at(-2);
  if (tip === undefined || tail === undefined) return '';
  const length = Math.hypot(tip.x - tail.x, tip.y - tail.y) || 1;
  const along = { x: (tip.x - tail.x) / length, y: (tip.y - tail.y) / length };
  const point = (back: number, side: number): string =>
    at({
      x: tip.x - along.x * back - along.y * side,
      y: tip.y - along.y * back + along.x * side,
    });
  switch (head) {
    case 'filled':
      return `M${point(0.5, 0)}L${point(8, 4.2)}L${point(8, -4.2)}Z`;
    case 'open':
      return `M${point(7, 4.2)}L${point(1, 0)}L${point(7, -4.2)}M${point(1, 0)}L${point(7, 0)}`;
    case 'dot':
      return `M${point(1, 0)}A3 3 0 1 1 ${point(7, 0)}A3 3 0 1 1 ${point(1, 0)}Z`;
  }
}

/** The middle of the longest straight piece, where a label disturbs least. */
export function labelPoint(points: readonly Point[]): Point | undefined {
  let best: Point | undefined;
  let longest = -1;
  for (let index = 1; index < points.length; index += 1) {
    const a = points[index - 1];
    const b = points[index];
    if (a === undefined || b === undefined) continue;
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    if (length > longest) {
      longest = length;
      best = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    }
  }
  return best;
}
