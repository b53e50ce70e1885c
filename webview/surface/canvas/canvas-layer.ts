/**
 * The canvas below the SVG: it draws the whole picture of a graph that is too large for SVG, frame
 * by frame as the camera moves. Far away it shows a bitmap made beforehand, which costs the same at
 * any size of the graph.
 */
import type { NodeId } from '../../../proto/model/build-graph';
import { Bounds } from '../../picture/bounds';
import type { Point } from '../../picture/layout';
import { pictureEdges } from '../../picture/layout-input';
import type { Picture } from '../../picture/painter';
import { paintCanvas, paintOverview, viewOf } from './canvas-painter';
import type { Camera, CanvasScene } from './canvas-painter';
import { readPalette } from './palette';
import type { Palette } from './palette';
import { onThemeChange } from './theme-changes';

/** The longer side of the bitmap, in pixels. */
const BITMAP = 4096;
/** Seen from so much nearer than the bitmap was made for, it is too coarse. */
const COARSE = 1.4;
/** Milliseconds that a bitmap may be behind the build. */
const STALE = 700;

export type CanvasLayer = {
  readonly element: HTMLCanvasElement;
  /** The picture to draw; undefined hides the canvas and lets go of all memory. */
  readonly show: (picture: Picture | undefined) => void;
  readonly camera: (camera: Camera) => void;
  readonly nodeAt: (point: Point) => NodeId | undefined;
};

export function createCanvasLayer(surface: HTMLElement): CanvasLayer {
  const element = document.createElement('canvas');
  element.className = 'canvas';
  element.setAttribute('aria-hidden', 'true');
  element.hidden = true;
  const context = element.getContext('2d');
  let scene: CanvasScene | undefined;
  let camera: Camera = { x: 0, y: 0, k: 1 };
  let palette: Palette | undefined;
  let bitmap: { readonly canvas: HTMLCanvasElement; readonly scale: number } | undefined;
  let bitmapTimer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;

  onThemeChange(() => {
    palette = undefined;
    bitmap = undefined;
    request();
  });
  new ResizeObserver(request).observe(surface);

  function request(): void {
    if (scene === undefined) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(paint);
  }

  function paint(): void {
    if (scene === undefined || context === null) return;
    palette ??= readPalette();
    const ratio = devicePixelRatio;
    const width = surface.clientWidth;
    const height = surface.clientHeight;
    // Setting a size clears the canvas and its memory: only when it differs.
    if (element.width !== Math.round(width * ratio)) element.width = Math.round(width * ratio);
    if (element.height !== Math.round(height * ratio)) element.height = Math.round(height * ratio);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, element.width, element.height);
    context.setTransform(
      camera.k * ratio,
      0,
      0,
      camera.k * ratio,
      camera.x * ratio,
      camera.y * ratio,
    );
    const map = overview(scene, palette);
    if (camera.k <= map.scale * COARSE) {
      const { width: wide, height: high } = scene.picture.layout;
      context.imageSmoothingQuality = 'high';
      context.drawImage(map.canvas, 0, 0, wide, high);
      return;
    }
    paintCanvas({ context, palette, scene }, viewOf(camera, width, height), camera.k);
  }

  function overview(of: CanvasScene, colours: Palette): NonNullable<typeof bitmap> {
    if (bitmap !== undefined) return bitmap;
    const { width, height } = of.picture.layout;
    const scale = Math.min(0.1, BITMAP / Math.max(width, height, 1));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.ceil(width * scale));
    canvas.height = Math.max(1, Math.ceil(height * scale));
    const target = canvas.getContext('2d');
    if (target !== null) {
      target.setTransform(scale, 0, 0, scale, 0, 0);
      paintOverview({ context: target, palette: colours, scene: of });
    }
    bitmap = { canvas, scale };
    return bitmap;
  }

  return {
    element,
    show(picture) {
      element.hidden = picture === undefined;
      if (picture === undefined) {
        scene = bitmap = undefined;
        element.width = element.height = 0;
        return;
      }
      const same = scene?.picture.layout === picture.layout;
      const sameNodes = same && scene?.picture.graph.nodes === picture.graph.nodes;
      scene = {
        picture,
        bounds: same && scene !== undefined ? scene.bounds : new Bounds(picture.layout),
        nodes:
          sameNodes && scene !== undefined
            ? scene.nodes
            : new Map(picture.graph.nodes.map((node) => [node.id, node])),
        edges:
          sameNodes && scene !== undefined
            ? scene.edges
            : new Map(pictureEdges(picture.graph).map((edge) => [edge.id, edge])),
      };
      if (!same) bitmap = undefined;
      else
        bitmapTimer ??= setTimeout(() => {
          bitmapTimer = undefined;
          bitmap = undefined;
          request();
        }, STALE);
      request();
    },
    camera(next) {
      camera = next;
      request();
    },
    nodeAt: (point) => scene?.bounds.nodeAt(point),
  };
}
