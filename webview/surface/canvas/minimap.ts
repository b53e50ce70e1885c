/** The whole picture in a corner, with the part that is seen; a click or drag goes there. */
import { Bounds } from '../../picture/bounds';
import type { Layout } from '../../picture/layout';
import type { Picture } from '../../picture/painter';
import { h } from '../../dom';
import { paintOverview } from './canvas-painter';
import type { Camera } from './canvas-painter';
import type { Size } from '../steady-camera';
import { readPalette } from './palette';
import { onThemeChange } from './theme-changes';

const SIZE = { width: 190, height: 130 } as const;
/** Smaller graphs are seen as a whole anyway. */
const FEWEST = 25;
/** What its frame and the distance from the edges add on each axis, as the style has them; pixels. */
const FRAME = 22;
/** In a smaller view it would hide more than it shows. */
const LEAST_VIEW = { width: 480, height: 340 } as const;
/** Milliseconds between two drawings while a build runs. */
const PAUSE = 500;

export type Minimap = {
  readonly element: HTMLElement;
  readonly show: (picture: Picture) => void;
  readonly camera: (camera: Camera, width: number, height: number) => void;
  /** How much of the lower left corner of a view it covers at a scale, in pixels. */
  readonly covers: (k: number, view: Size) => Size;
};

/** @param go is told which point of the picture is to be in the middle */
export function createMinimap(go: (x: number, y: number) => void): Minimap {
  const canvas = h('canvas', {});
  const seen = h('div', { class: 'minimap-view' });
  // By keyboard the same is had with the arrow keys and the fit command.
  const element = h('div', { class: 'minimap', 'aria-hidden': 'true' }, canvas, seen);
  const context = canvas.getContext('2d');
  let scale = 1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest: Picture | undefined;
  let drawn: Picture | undefined;

  const move = (event: PointerEvent): void => {
    const box = canvas.getBoundingClientRect();
    go((event.clientX - box.left) / scale, (event.clientY - box.top) / scale);
  };
  element.addEventListener('pointerdown', (event) => {
    element.setPointerCapture(event.pointerId);
    event.preventDefault();
    move(event);
  });
  element.addEventListener('pointermove', (event) => {
    if (element.hasPointerCapture(event.pointerId)) move(event);
  });

  onThemeChange(() => {
    drawn = undefined;
    paint();
  });

  function paint(): void {
    timer = undefined;
    const picture = latest;
    if (picture === undefined || context === null || picture === drawn) return;
    drawn = picture;
    const { layout } = picture;
    scale = Math.min(SIZE.width / layout.width, SIZE.height / layout.height);
    const width = Math.max(8, layout.width * scale);
    const height = Math.max(8, layout.height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.width = Math.ceil(width * devicePixelRatio);
    canvas.height = Math.ceil(height * devicePixelRatio);
    const zoom = scale * devicePixelRatio;
    context.setTransform(zoom, 0, 0, zoom, 0, 0);
    paintOverview({
      context,
      palette: readPalette(),
      scene: { picture, bounds: new Bounds(layout), nodes: new Map(), edges: new Map() },
    });
  }

  /** The layout, where a view shows only a part of it and has room for the map. */
  function largerThan(k: number, { width, height }: Size): Layout | undefined {
    if (latest === undefined || latest.graph.nodes.length < FEWEST) return undefined;
    if (width < LEAST_VIEW.width || height < LEAST_VIEW.height) return undefined;
    const { layout } = latest;
    const isWhole = layout.width * k <= width * 1.05 && layout.height * k <= height * 1.05;
    return isWhole ? undefined : layout;
  }

  return {
    element,
    covers(k, view) {
      const layout = largerThan(k, view);
      if (layout === undefined) return { width: 0, height: 0 };
      return { width: layout.width * scale + FRAME, height: layout.height * scale + FRAME };
    },
    show(picture) {
      const changed = latest?.layout !== picture.layout;
      latest = picture;
      if (changed) paint();
      else timer ??= setTimeout(paint, PAUSE);
    },
    camera({ x, y, k }, width, height) {
      element.hidden = largerThan(k, { width, height }) === undefined;
      if (element.hidden) return;
      seen.style.left = `${(-x / k) * scale}px`;
      seen.style.top = `${(-y / k) * scale}px`;
      seen.style.width = `${(width / k) * scale}px`;
      seen.style.height = `${(height / k) * scale}px`;
    },
  };
}
