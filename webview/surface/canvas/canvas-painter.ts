/**
 * The canvas painter: the picture of the SVG painter for graphs that are too large for one element
 * each. Only what is in view is drawn, in as much detail as can be seen at the zoom.
 */
import type { GraphNode, NodeState } from '../../../proto/model/build-graph';
import {
  badgeOutlines,
  edgeAppearances,
  kindIcons,
  ringTrack,
  stateAppearances,
  stopMark,
  warningIcon,
} from '../../picture/appearance';
import type { Border, Icon } from '../../picture/appearance';
import type { Bounds, View } from '../../picture/bounds';
import {
  BADGE,
  BADGE_RIGHT,
  BADGE_TOP,
  badgeSize,
  badgeTop,
  cardTexts,
  DETAIL_BASE,
  ICON,
  TEXT_LEFT,
  TILE,
  TITLE_BASE,
} from '../../picture/card';
import { statusOf } from '../../picture/describe';
import { displayText } from '../../picture/display-text';
import { headPath, linePath } from '../../picture/edge-path';
import type { Box, Point } from '../../picture/layout';
import { GROUP_PADDING } from '../../picture/layout-input';
import type { PictureEdge } from '../../picture/layout-input';
import type { Picture } from '../../picture/painter';
import { NEAR } from '../../picture/reading';
import { progressShare } from '../../picture/units';
import type { Palette } from './palette';

export type Camera = { readonly x: number; readonly y: number; readonly k: number };

/** Below the first zoom, cards have no text; below the second they are plain boxes. */
const DETAIL = { text: 0.22, card: 0.14 } as const;
/** More lines than this in view are a grey mist that costs more than it tells. */
const MOST_LINES = 2500;

/** What a picture needs besides itself; made once for each graph and layout. */
export type CanvasScene = {
  readonly picture: Picture;
  readonly bounds: Bounds;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly edges: ReadonlyMap<string, PictureEdge>;
};

/** How much is left of what a search did not find. */
const DIMMED = 0.28;

type Target = {
  readonly context: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly scene: CanvasScene;
};

/** The part of the picture that a camera shows on a surface of so many pixels. */
export function viewOf({ x, y, k }: Camera, width: number, height: number): View {
  return { left: -x / k, top: -y / k, right: (width - x) / k, bottom: (height - y) / k };
}

/** Draws what is in view; the context's transform must be the camera's. */
export function paintCanvas(target: Target, view: View, zoom: number): void {
  const { scene } = target;
  const { layout } = scene.picture;
  for (const [id, box] of layout.groups) if (meets(box, view)) paintGroup(target, id, box, zoom);
  const edges = scene.bounds.edgesIn(view);
  if (edges.length <= MOST_LINES) paintEdges(target, edges, zoom);
  const visible = scene.bounds.nodesIn(view);
  if (zoom < DETAIL.card) {
    paintBoxes(target, visible);
    return;
  }
  for (const id of visible) {
    const node = scene.nodes.get(id);
    const box = layout.nodes.get(id);
    if (node !== undefined && box !== undefined) paintNode(target, node, box, zoom);
  }
}

/** All nodes as boxes in the colours of their states: what a map of the whole shows. */
export function paintOverview(target: Target): void {
  const { context, palette, scene } = target;
  context.strokeStyle = palette.colour['group-border'];
  context.fillStyle = palette.colour.group;
  for (const { x, y, width, height } of scene.picture.layout.groups.values())
    context.fillRect(x, y, width, height);
  context.strokeStyle = palette.colour.edge;
  context.lineWidth = 1 / context.getTransform().a;
  context.globalAlpha = 0.5;
  context.beginPath();
  for (const points of scene.picture.layout.edges.values()) trace(context, points);
  context.stroke();
  context.globalAlpha = 1;
  paintBoxes(target, scene.bounds.nodes);
}

function trace(context: CanvasRenderingContext2D, points: readonly Point[]): void {
  points.forEach(({ x, y }, index) => {
    if (index === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
}

const meets = ({ x, y, width, height }: Box, view: View): boolean =>
  x <= view.right && x + width >= view.left && y <= view.bottom && y + height >= view.top;

function paintGroup({ context, palette, scene }: Target, id: string, box: Box, zoom: number): void {
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, 10);
  context.fillStyle = palette.colour.group;
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = palette.colour['group-border'];
  context.stroke();
  if (zoom < DETAIL.card) return;
  const group = scene.picture.graph.groups.find((each) => each.id === id);
  if (group === undefined) return;
  context.fillStyle = palette.colour.muted;
  const { name, scale } = scene.picture.reading ?? NEAR;
  context.font = `600 ${12 * scale}px ${palette.font}`;
  context.fillText(
    displayText(group.name),
    box.x + GROUP_PADDING.side,
    box.y + GROUP_PADDING.top - (name === 'near' ? 13 : 8),
  );
}

/** The strokes of the style sheet, which a canvas cannot read. */
const dashes = { input: [], copy: [6, 4], mount: [0.1, 4.5] } as const;
const borderStrokes: Readonly<
  Record<Border, { readonly width: number; readonly dash: readonly number[] }>
> = {
  thin: { width: 1, dash: [] },
  foretold: { width: 1.25, dash: [3, 3] },
  dotted: { width: 2, dash: [0.1, 4] },
  dashed: { width: 2, dash: [7, 4] },
  double: { width: 1.25, dash: [] },
  solid: { width: 1.5, dash: [] },
  thick: { width: 3, dash: [] },
  'long-dashed': { width: 1.5, dash: [14, 5] },
};

function paintEdges(
  { context, palette, scene }: Target,
  ids: readonly string[],
  zoom: number,
): void {
  const { layout, selected, found, critical } = scene.picture;
  const detailed = zoom >= DETAIL.card;
  context.save();
  context.lineCap = detailed ? 'round' : 'butt';
  for (const id of ids) {
    const edge = scene.edges.get(id);
    const points = layout.edges.get(id);
    if (edge === undefined || points === undefined) continue;
    const active = edge.from === selected || edge.to === selected;
    const heavy = critical?.get(edge.to) === edge.from;
    const colour = palette.colour[heavy ? 'warning' : active ? 'accent' : 'edge'];
    context.strokeStyle = colour;
    const width = heavy ? 3 : active ? 2 : 1.5;
    context.lineWidth = detailed ? width : width / 1.5 / Math.max(zoom, 0.05);
    const dimmed = found !== undefined && !(found.has(edge.from) && found.has(edge.to));
    context.globalAlpha = dimmed ? DIMMED : 1;
    if (!detailed) {
      context.beginPath();
      trace(context, points);
      context.stroke();
      continue;
    }
    context.setLineDash([...dashes[edge.kind]]);
    context.stroke(pathOf(linePath(points)));
    context.setLineDash([]);
    const { arrow } = edgeAppearances[edge.kind];
    const head = pathOf(headPath(points, arrow));
    if (arrow === 'filled') {
      context.fillStyle = colour;
      context.fill(head);
    } else context.stroke(head);
  }
  context.restore();
}

function paintBoxes({ context, palette, scene }: Target, ids: readonly string[]): void {
  const byState = new Map<NodeState, Box[]>();
  const { graph, layout, selected, found } = scene.picture;
  for (const id of ids) {
    const box = layout.nodes.get(id);
    if (box === undefined || found?.has(id) === false) continue;
    const { state } = statusOf(graph, id);
    const list = byState.get(state);
    if (list === undefined) byState.set(state, [box]);
    else list.push(box);
  }
  for (const [state, boxes] of byState) {
    context.fillStyle = palette.state[state];
    context.beginPath();
    for (const { x, y, width, height } of boxes) context.rect(x, y, width, height);
    context.fill();
  }
  const box = selected === undefined ? undefined : layout.nodes.get(selected);
  if (box === undefined) return;
  context.fillStyle = palette.colour.accent;
  context.fillRect(box.x - 20, box.y - 20, box.width + 40, box.height + 40);
}

function paintNode(target: Target, node: GraphNode, box: Box, zoom: number): void {
  const { context, palette, scene } = target;
  const { picture } = scene;
  const status = statusOf(picture.graph, node.id);
  const look = stateAppearances[status.state];
  const colour = palette.state[status.state];
  const selected = picture.selected === node.id;
  const fold = picture.folds?.has(node.id) === true;
  context.save();
  if (picture.found?.has(node.id) === false) context.globalAlpha = DIMMED;
  context.translate(box.x, box.y);
  if (fold) {
    context.lineWidth = 1;
    context.strokeStyle = palette.colour['card-border'];
    for (const below of [8, 4]) {
      context.beginPath();
      context.roundRect(
        below,
        box.height / 2,
        box.width - 2 * below,
        box.height / 2 + below / 2 + 1,
        8,
      );
      context.stroke();
    }
  }
  context.beginPath();
  context.roundRect(0, 0, box.width, box.height, 8);
  context.fillStyle = palette.colour[selected ? 'card-selected' : 'card'];
  context.fill();
  const stroke = borderStrokes[look.border];
  context.lineWidth = stroke.width;
  context.strokeStyle = look.border === 'thin' ? palette.colour['card-border'] : colour;
  context.setLineDash([...stroke.dash]);
  context.lineCap = look.border === 'dotted' ? 'round' : 'butt';
  context.stroke();
  context.setLineDash([]);
  if (look.border === 'double') {
    context.lineWidth = 1;
    context.beginPath();
    context.roundRect(3, 3, box.width - 6, box.height - 6, 5);
    context.stroke();
  }
  if (selected) {
    context.lineWidth = 2;
    context.strokeStyle = palette.colour.accent;
    context.beginPath();
    context.roundRect(-5, -5, box.width + 10, box.height + 10, 12);
    context.stroke();
  }
  if (status.stops !== undefined) {
    const mark = new Path2D(stopMark(box.height));
    context.fillStyle = palette.colour.stop;
    context.fill(mark);
    context.lineWidth = 1;
    context.strokeStyle = palette.colour.text;
    context.stroke(mark);
  }
  const reading = (picture.reading ?? NEAR).name;
  const sign = badgeSize(reading);
  if (reading !== 'farther') {
    context.beginPath();
    context.roundRect(TILE.x, TILE.y, TILE.size, TILE.size, TILE.radius);
    context.fillStyle = palette.colour.tile;
    context.fill();
    if (picture.critical?.has(node.id) === true) {
      context.lineWidth = 2;
      context.strokeStyle = palette.colour.warning;
      context.stroke();
    }
    paintIcon(context, kindIcons[node.kind], ICON.x, ICON.y, palette.colour.icon);
    if ((status.warnings?.length ?? 0) > 0)
      paintIcon(
        context,
        warningIcon,
        box.width - BADGE_RIGHT - sign - BADGE - 6,
        BADGE_TOP,
        palette.colour.warning,
      );
  }
  if (zoom >= DETAIL.text) paintTexts(target, node, box);
  else paintBars(target, box);
  paintBadge(target, status.state, {
    x: box.width - BADGE_RIGHT - sign,
    y: badgeTop(reading),
    scale: sign / BADGE,
  });
  const share = status.state === 'running' ? progressShare(status) : undefined;
  if (share !== undefined) {
    const room = box.width - TEXT_LEFT - BADGE_RIGHT;
    context.fillStyle = palette.colour.tile;
    context.fillRect(TEXT_LEFT, box.height - 6, room, 3);
    context.fillStyle = colour;
    context.fillRect(TEXT_LEFT, box.height - 6, Math.round(room * share), 3);
  }
  context.restore();
}

function paintTexts({ context, palette, scene }: Target, node: GraphNode, box: Box): void {
  const status = statusOf(scene.picture.graph, node.id);
  const face = cardTexts(node, status, box.width, scene.picture);
  const { left, base, keyword, keywordWidth, rest, detail } = face;
  const title = 13 * (scene.picture.reading ?? NEAR).scale;
  context.fillStyle = palette.colour[node.internal ? 'muted' : 'text'];
  context.font = `600 ${title}px ${palette.font}`;
  context.fillText(keyword, left, base);
  context.font = `${title}px ${palette.font}`;
  context.fillText(rest, left + keywordWidth, base);
  if (detail === '') return;
  context.font = `${status.state === 'failed' ? '600 ' : ''}11px ${palette.font}`;
  context.fillStyle = palette.colour[status.state === 'failed' ? 'text' : 'muted'];
  context.fillText(detail, left, DETAIL_BASE);
}

/** Where text would be too small to read, its place. */
function paintBars({ context, palette }: Target, box: Box): void {
  context.fillStyle = palette.colour.tile;
  context.fillRect(TILE.x + 4, TITLE_BASE - 6, box.width * 0.6, 14);
}

function paintBadge(
  { context, palette }: Target,
  state: NodeState,
  { x, y, scale }: { readonly x: number; readonly y: number; readonly scale: number },
): void {
  const { shape, filled, sign } = stateAppearances[state];
  const colour = palette.state[state];
  context.save();
  context.translate(x, y);
  context.scale(scale, scale);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  if (shape === 'ring') {
    context.lineWidth = 2.25;
    context.strokeStyle = palette.colour.tile;
    context.stroke(pathOf(ringTrack));
  }
  if (shape !== 'none') {
    const outline = pathOf(badgeOutlines[shape]);
    context.fillStyle = context.strokeStyle = colour;
    context.lineWidth = shape === 'ring' ? 2.25 : 1.5;
    if (filled) context.fill(outline);
    else context.stroke(outline);
  }
  context.fillStyle = context.strokeStyle = filled ? palette.colour.sign : colour;
  context.lineWidth = filled ? 1.75 : 1.5;
  if (sign.fill !== undefined) context.fill(pathOf(sign.fill));
  if (sign.stroke !== undefined) context.stroke(pathOf(sign.stroke));
  context.restore();
}

function paintIcon(
  context: CanvasRenderingContext2D,
  { stroke, fill }: Icon,
  x: number,
  y: number,
  colour: string,
): void {
  context.save();
  context.translate(x, y);
  context.lineCap = context.lineJoin = 'round';
  context.lineWidth = 1.25;
  context.strokeStyle = context.fillStyle = colour;
  if (fill !== undefined) context.fill(pathOf(fill));
  else if (stroke !== undefined) context.stroke(pathOf(stroke));
  context.restore();
}

/** Parsed once: parsing costs more than drawing. */
const paths = new Map<string, Path2D>();

function pathOf(text: string): Path2D {
  let path = paths.get(text);
  if (path === undefined) {
    if (paths.size > 30_000) paths.clear();
    paths.set(text, (path = new Path2D(text)));
  }
  return path;
}
