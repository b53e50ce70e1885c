/** Keeps what people look at where it is on screen when a new layout moves the graph about. */
import type { NodeId } from '../proto/model/build-graph';
import type { Layout } from './picture/layout';
import type { Camera } from './saved-state';

export type Size = { readonly width: number; readonly height: number };

/**
 * The camera for `after` that leaves the anchor where `camera` showed it in `before`: the selected
 * node, else the one nearest to the middle of the view that is in both.
 */
export function steadyCamera(
  before: Layout,
  after: Layout,
  camera: Camera,
  view: Size,
  selected: NodeId | undefined,
): Camera {
  const anchor =
    selected !== undefined && before.nodes.has(selected) && after.nodes.has(selected)
      ? selected
      : nearestToMiddle(before, after, camera, view);
  const old = anchor === undefined ? undefined : before.nodes.get(anchor);
  const now = anchor === undefined ? undefined : after.nodes.get(anchor);
  if (old === undefined || now === undefined) return camera;
  return {
    x: camera.x - (now.x - old.x) * camera.k,
    y: camera.y - (now.y - old.y) * camera.k,
    k: camera.k,
  };
}

function nearestToMiddle(
  before: Layout,
  after: Layout,
  camera: Camera,
  { width, height }: Size,
): NodeId | undefined {
  const x = (width / 2 - camera.x) / camera.k;
  const y = (height / 2 - camera.y) / camera.k;
  let nearest: NodeId | undefined;
  let shortest = Infinity;
  for (const [id, box] of before.nodes) {
    if (!after.nodes.has(id)) continue;
    const distance = Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y);
    if (distance < shortest) {
      shortest = distance;
      nearest = id;
    }
  }
  return nearest;
}
