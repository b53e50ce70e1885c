/**
 * The canvas painter: the picture of the SVG painter for graphs that are too large for one element
 * each. Only what is in view is drawn, in as much detail as can be seen at the zoom.
 */
import type { GraphNode, NodeState } from '../../../proto/model/build-graph';
import { edgeAppearances, kindIcons, stateAppearances, stopMark } from '../../picture/appearance';
import type { Border } from '../../picture/appearance';
import type { Bounds, View } from '../../picture/bounds';
import {
  BADGE,
  BADGE_RIGHT,
  badgeSize,
  badgeTop,
  cardTexts,
  DETAIL_BASE,
  foretoldOf,
  ICON,
  STACK,
  TEXT_LEFT,
  TILE,
  TITLE_BASE,
} from '../../picture/card';
import { statusOf } from '../../picture/describe';
import { displayText } from '../../picture/display-text';
import { edgeLabel } from '../../picture/edge-label';
import { headPath, linePath } from '../../picture/edge-path';
import type { Box, Point } from '../../picture/layout';
import { GROUP_PADDING } from '../../picture/layout-input';
import type { PictureEdge } from '../../picture/layout-input';
import type { Picture } from '../../picture/painter';
import { NEAR } from '../../picture/reading';
import { progressShare } from '../../picture/units';
import {
  fillRound,
  paintBadge,
  paintIcon,
  paintPrediction,
  paintWarning,
  pathOf,
} from './card-signs';
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
/** Dots need to be larger than lines are wide. */
const MOUNT = 2;
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
    if (edge.kind === 'mount' && !active && !heavy) context.lineWidth = MOUNT;
    context.setLineDash([...dashes[edge.kind]]);
    context.stroke(pathOf(linePath(points)));
    context.setLineDash([]);
    context.lineWidth = 1.5;
    const { arrow } = edgeAppearances[edge.kind];
    const head = pathOf(headPath(points, arrow));
    if (arrow === 'filled') {
      context.fillStyle = colour;
      context.fill(head);
    } else {
      context.fillStyle = palette.colour.background;
      if (arrow === 'dot') context.fill(head);
      context.stroke(head);
    }
  }
  context.restore();
  if (detailed) for (const id of ids) paintEdgeLabel({ context, palette, scene }, id);
}

function paintEdgeLabel({ context, palette, scene }: Target, id: string): void {
  const edge = scene.edges.get(id);
  const label = edge && edgeLabel(edge, scene.picture);
  if (label === undefined) return;
  context.save();
  context.font = `${11 * (scene.picture.reading ?? NEAR).scale}px ${palette.mono}`;
  context.textAlign = 'center';
  context.lineWidth = 4;
  context.lineJoin = 'round';
  context.strokeStyle = palette.colour.background;
  context.strokeText(label.text, label.x, label.y);
  context.fillStyle = palette.colour.text;
  context.fillText(label.text, label.x, label.y);
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
    context.fillStyle = palette.colour.card;
    for (const { inset, below } of STACK) {
      context.beginPath();
      context.roundRect(inset, box.height / 2, box.width - 2 * inset, box.height / 2 + below, 8);
      context.fill();
      context.stroke();
    }
  }
  context.beginPath();
  context.roundRect(0, 0, box.width, box.height, 8);
  context.fillStyle = palette.colour[selected ? 'card-selected' : 'card'];
  context.fill();
  const stroke = borderStrokes[look.border];
  context.lineWidth = stroke.width;
  const border =
    look.border === 'thin' ? palette.colour['card-border'] : palette.border[status.state];
  context.strokeStyle = border;
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
  if (status.difference !== undefined) {
    context.beginPath();
    context.roundRect(-2, 10, 4, box.height - 20, 2);
    context.fillStyle = palette.colour[status.difference.kind === 'affected' ? 'card' : 'warning'];
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = palette.colour.warning;
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
    const critical = picture.critical?.has(node.id) === true;
    context.fillStyle = palette.colour.tile;
    if (!critical) context.fill();
    context.lineWidth = critical ? 2 : 1;
    context.strokeStyle = palette.colour[critical ? 'warning' : 'tile-border'];
    context.stroke();
    paintIcon(context, kindIcons[node.kind], ICON.x, ICON.y, palette.colour.icon);
    const warned = (status.warnings?.length ?? 0) > 0;
    const right = box.width - BADGE_RIGHT - sign - BADGE - 6;
    if (warned) paintWarning(target, right);
    const foretold = foretoldOf(status);
    if (foretold !== undefined)
      paintPrediction(target, foretold, warned ? right - BADGE - 6 : right);
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
    fillRound(context, TEXT_LEFT, box.height - 6, room, 3);
    context.fillStyle = colour;
    fillRound(context, TEXT_LEFT, box.height - 6, Math.round(room * share), 3);
  }
  if (picture.fresh.has(node.id)) paintNewMark(target, box.width);
  context.restore();
}

function paintNewMark({ context, palette, scene }: Target, width: number): void {
  const { texts, measure } = scene.picture;
  const text = texts('node.new');
  const room = Math.ceil(measure(text, 'detail')) + 12;
  context.fillStyle = palette.colour.accent;
  fillRound(context, width - room - 12, -8, room, 16);
  context.fillStyle = palette.colour['accent-text'];
  context.font = `600 11px ${palette.font}`;
  context.fillText(text, width - room - 6, 4);
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
