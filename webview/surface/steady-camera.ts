/** Keeps what people look at where it is on screen when a new layout moves the graph about. */
import type { NodeId } from '../../proto/model/build-graph';
import type { Layout, Point } from '../picture/layout';
import type { Camera } from '../saved-state';

export type Size = { readonly width: number; readonly height: number };

/**
 * The camera for `after` that makes the move unseen: the selected node stays where `camera` showed
 * it in `before`, else as many of the visible nodes as possible do.
 */
export function steadyCamera(
  before: Layout,
  after: Layout,
  camera: Camera,
  view: Size,
  selected: NodeId | undefined,
): Camera {
  const shift =
    (selected === undefined ? undefined : shiftOf(before, after, selected)) ??
    commonShift(before, after, camera, view);
  if (shift === undefined) return camera;
  return { x: camera.x - shift.x * camera.k, y: camera.y - shift.y * camera.k, k: camera.k };
}

function shiftOf(before: Layout, after: Layout, id: NodeId): Point | undefined {
  const old = before.nodes.get(id);
  const now = after.nodes.get(id);
  return old === undefined || now === undefined
    ? undefined
    : { x: now.x - old.x, y: now.y - old.y };
}

/** How most of the visible nodes moved; the shorter way where as many went another. */
function commonShift(
  before: Layout,
  after: Layout,
  { x, y, k }: Camera,
  { width, height }: Size,
): Point | undefined {
  const votes = new Map<string, { readonly shift: Point; count: number }>();
  for (const [id, box] of before.nodes) {
    const visible =
      box.x * k + x < width &&
      (box.x + box.width) * k + x > 0 &&
      box.y * k + y < height &&
      (box.y + box.height) * k + y > 0;
    const shift = visible ? shiftOf(before, after, id) : undefined;
    if (shift === undefined) continue;
    const key = `${Math.round(shift.x)} ${Math.round(shift.y)}`;
    const known = votes.get(key);
    if (known === undefined) votes.set(key, { shift, count: 1 });
    else known.count += 1;
  }
  const length = ({ shift }: { readonly shift: Point }): number => Math.hypot(shift.x, shift.y);
  return [...votes.values()].sort((a, b) => b.count - a.count || length(a) - length(b))[0]?.shift;
}

/** Whether so little stayed that there is no old look to keep. */
export function anotherPicture(before: Layout, after: Layout): boolean {
  let kept = 0;
  for (const id of after.nodes.keys()) if (before.nodes.has(id)) kept += 1;
  return 2 * kept < after.nodes.size;
}
