/** A picture as a PNG file, drawn by the canvas painter: the page may not load its own SVG as an image. */
import { Bounds } from '../../picture/bounds';
import { pictureEdges } from '../../picture/layout-input';
import type { Picture } from '../../picture/painter';
import { paintCanvas } from './canvas-painter';
import { readPalette } from './palette';

/** Pixels for each of the picture's, unless the file would get larger than browsers can draw. */
const SCALE = 2;
const LONGEST = 12_000;

/** The file's bytes in base64; undefined where the browser makes no such picture. */
export function pngOf(picture: Picture): string | undefined {
  const { width, height } = picture.layout;
  const scale = Math.min(SCALE, LONGEST / Math.max(width, height, 1));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.ceil(width * scale));
  canvas.height = Math.max(1, Math.ceil(height * scale));
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  const palette = readPalette();
  context.fillStyle = palette.colour.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const scene = {
    picture,
    bounds: new Bounds(picture.layout),
    nodes: new Map(picture.graph.nodes.map((node) => [node.id, node])),
    edges: new Map(pictureEdges(picture.graph).map((edge) => [edge.id, edge])),
  };
  paintCanvas(
    { context, palette, scene },
    { left: 0, top: 0, right: width, bottom: height },
    scale,
  );
  const text = canvas.toDataURL('image/png');
  const comma = text.indexOf(',');
  return comma < 0 || canvas.width === 0 ? undefined : text.slice(comma + 1);
}
