/** The signs on a card, and what else is drawn from paths, on a canvas. */
import type { NodePrediction, NodeState } from '../../../proto/model/build-graph';
import { badgeOutlines, ringTrack, stateAppearances, warningIcon } from '../../picture/appearance';
import type { Icon } from '../../picture/appearance';
import { BADGE_TOP } from '../../picture/card';
import { predictionSigns } from '../../picture/prediction';
import type { Palette } from './palette';

/** What signs are painted on; the context's origin is the card's upper left corner. */
export type SignTarget = {
  readonly context: CanvasRenderingContext2D;
  readonly palette: Palette;
};

export function paintBadge(
  { context, palette }: SignTarget,
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

export function paintWarning({ context, palette }: SignTarget, x: number): void {
  context.save();
  context.translate(x, BADGE_TOP);
  context.lineCap = context.lineJoin = 'round';
  context.fillStyle = context.strokeStyle = palette.colour.warning;
  context.lineWidth = 1.5;
  const area = pathOf(warningIcon.fill ?? '');
  context.fill(area);
  context.stroke(area);
  context.strokeStyle = palette.colour.sign;
  context.lineWidth = 1.75;
  context.stroke(pathOf(warningIcon.stroke ?? ''));
  context.restore();
}

/** In a dashed ring, so that it is never taken for a fact. */
export function paintPrediction(
  { context, palette }: SignTarget,
  outcome: NodePrediction['outcome'],
  x: number,
): void {
  const { fill, stroke } = predictionSigns[outcome];
  context.save();
  context.translate(x, BADGE_TOP);
  context.lineCap = context.lineJoin = 'round';
  context.fillStyle = context.strokeStyle =
    outcome === 'run' ? palette.state['predicted-run'] : palette.colour.muted;
  if (fill !== undefined) context.fill(pathOf(fill));
  context.lineWidth = 1.5;
  if (stroke !== undefined) context.stroke(pathOf(stroke));
  context.lineCap = 'butt';
  context.lineWidth = 1.25;
  context.setLineDash([2.6, 2]);
  context.stroke(pathOf(badgeOutlines.circle));
  context.restore();
}

export function paintIcon(
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

export function fillRound(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  context.beginPath();
  context.roundRect(x, y, width, height, height / 2);
  context.fill();
}

/** Parsed once: parsing costs more than drawing. */
const paths = new Map<string, Path2D>();

export function pathOf(text: string): Path2D {
  let path = paths.get(text);
  if (path === undefined) {
    if (paths.size > 30_000) paths.clear();
    paths.set(text, (path = new Path2D(text)));
  }
  return path;
}
