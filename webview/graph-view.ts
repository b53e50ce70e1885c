/** The drawing surface: the picture in SVG, its camera, pointer and keyboard. */
import { select } from 'd3-selection';
import { zoom, zoomIdentity, zoomTransform } from 'd3-zoom';
import type { GroupId, NodeId } from '../proto/model/build-graph';
import { createCanvasLayer } from './canvas/canvas-layer';
import { createMinimap } from './canvas/minimap';
import { h } from './dom';
import type { Box, Direction as Flow, Point } from './picture/layout';
import { neighbour } from './picture/navigate';
import type { Direction } from './picture/navigate';
import type { Picture } from './picture/painter';
import { el } from './picture/scene';
import { paintSvg } from './picture/svg-painter';
import { renderScene } from './render-scene';
import type { Camera } from './saved-state';

export type GraphViewEvents = {
  readonly select: (node: NodeId | null, openSource: boolean) => void;
  readonly showLog: (node: NodeId) => void;
  /** Opens what stands for several steps, and closes the stage of a step. */
  readonly toggle: (node: NodeId) => void;
  readonly closeStage: (group: GroupId) => void;
  /** The pointer rests on a step, or on none, at a point of the surface. */
  readonly hover: (node: NodeId | undefined, x: number, y: number) => void;
  readonly cameraMoved: (camera: Camera) => void;
  readonly escape: () => void;
  /** A key that does something in the view, wherever the focus is in the graph. */
  readonly key: (key: string) => boolean;
};

export type GraphView = {
  readonly element: HTMLElement;
  readonly draw: (picture: Picture, label: string, flow: Flow) => void;
  readonly fit: () => void;
  /** The first look at a graph: all of it if it stays readable, else its beginning. */
  readonly frame: () => void;
  readonly zoomBy: (factor: number) => void;
  readonly reveal: (node: NodeId) => void;
  readonly focusNode: (node: NodeId) => void;
  readonly camera: () => Camera;
  readonly setCamera: (camera: Camera) => void;
  /** The size of the surface in pixels. */
  readonly size: () => { readonly width: number; readonly height: number };
};

const SCALE = { min: 0.08, max: 3 } as const;
/** Below this zoom a card's text is hard to read. */
const READABLE = 0.8;
/** A small graph is not blown up beyond this. */
const LARGEST = 1.15;
/** What the tools at the right edge cover. */
const TOOLS = 52;
/** A graph wider than the view is made smaller than that, but not below this. */
const SMALLEST = 0.55;
const MARGIN = 28;
/** Larger graphs are drawn on a canvas: an element for each thing would be too many. */
const MOST_IN_SVG = 300;
/** So many nodes of those are elements all the same. */
const NEARBY = 30;
/** Milliseconds a camera move takes. */
const GLIDE = 220;

const arrows: ReadonlyMap<string, Direction> = new Map([
  ['ArrowUp', 'up'],
  ['ArrowDown', 'down'],
  ['ArrowLeft', 'left'],
  ['ArrowRight', 'right'],
  ['Home', 'first'],
  ['End', 'last'],
]);

export function createGraphView(events: GraphViewEvents): GraphView {
  const root = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  root.classList.add('picture');
  root.setAttribute('role', 'tree');
  const element = h('div', { class: 'surface' });
  const canvas = createCanvasLayer(element);
  const minimap = createMinimap((x, y) => {
    const { width, height } = size();
    const { k } = camera();
    setCamera({ x: width / 2 - x * k, y: height / 2 - y * k, k });
  });
  element.append(canvas.element, root, minimap.element);
  let picture: Picture | undefined;
  let gliding = 0;
  let flow: Flow = 'down';

  const behavior = zoom<SVGSVGElement, unknown>()
    .scaleExtent([SCALE.min, SCALE.max])
    // The plain wheel scrolls, as everywhere in an editor; with Ctrl or Cmd (and pinching) it zooms.
    .filter((event: MouseEvent) =>
      event.type === 'wheel'
        ? event.ctrlKey || event.metaKey
        : event.button === 0 || event.button === 1,
    )
    .on(
      'zoom',
      (event: {
        readonly transform: { toString: () => string };
        readonly sourceEvent: unknown;
      }) => {
        select(root).select('.camera').attr('transform', event.transform.toString());
        if (event.sourceEvent !== null) cancelAnimationFrame(gliding);
        cameraChanged();
        events.cameraMoved(camera());
      },
    );
  const surface = select(root)
    .call(behavior)
    .on('dblclick.zoom', null)
    .on('wheel.scroll', (event: WheelEvent) => {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const line = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const { k } = zoomTransform(root);
      const [dx, dy] =
        event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      behavior.translateBy(surface, (-dx * line) / k, (-dy * line) / k);
    })
    .on('dblclick', (event: MouseEvent) => {
      const node = nodeOf(event.target) ?? canvas.nodeAt(pointOf(event));
      if (node !== undefined && picture?.folds?.has(node) === true) events.toggle(node);
    })
    .on('pointermove', (event: PointerEvent) => {
      const box = element.getBoundingClientRect();
      const node =
        event.buttons === 0 ? (nodeOf(event.target) ?? canvas.nodeAt(pointOf(event))) : undefined;
      events.hover(node, event.clientX - box.left, event.clientY - box.top);
    })
    .on('pointerleave pointerdown', () => events.hover(undefined, 0, 0))
    .on('click', (event: MouseEvent) => {
      const stage = stageOf(event.target);
      if (stage !== undefined) {
        events.closeStage(stage);
        return;
      }
      const node = nodeOf(event.target) ?? canvas.nodeAt(pointOf(event));
      if (node === undefined) events.select(null, false);
      else {
        events.select(node, true);
        focusNode(node);
      }
    })
    .on('keydown', onKey)
    .on('focusin', (event: FocusEvent) => {
      const node = nodeOf(event.target);
      if (node !== undefined) reveal(node);
    });

  renderScene(root, [el('g', { class: 'camera', role: 'none' })]);

  function nodeOf(target: EventTarget | null): NodeId | undefined {
    if (!(target instanceof Element)) return undefined;
    return target.closest('[data-node]')?.getAttribute('data-node') ?? undefined;
  }

  function stageOf(target: EventTarget | null): GroupId | undefined {
    if (!(target instanceof Element)) return undefined;
    return target.closest('[data-stage]')?.getAttribute('data-stage') ?? undefined;
  }

  /** Where in the picture the pointer is. */
  function pointOf(event: MouseEvent): Point {
    const box = element.getBoundingClientRect();
    const { x, y, k } = camera();
    return { x: (event.clientX - box.left - x) / k, y: (event.clientY - box.top - y) / k };
  }

  function cameraChanged(): void {
    const { width, height } = size();
    canvas.camera(camera());
    minimap.camera(camera(), width, height);
  }

  function onKey(event: KeyboardEvent): void {
    const node = nodeOf(event.target);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = arrows.get(event.key);
    if (direction !== undefined && picture !== undefined && node !== undefined) {
      const next = neighbour(picture.graph, picture.layout, node, direction, flow);
      if (next !== undefined) {
        events.select(next, false);
        focusNode(next);
      }
    } else if ((event.key === 'Enter' || event.key === ' ') && node !== undefined) {
      if (event.key === 'Enter' && picture?.folds?.has(node) === true) events.toggle(node);
      else events.select(node, true);
    } else if (event.key.toLowerCase() === 'e' && node !== undefined) {
      events.toggle(node);
    } else if (event.key.toLowerCase() === 'l' && node !== undefined) {
      events.showLog(node);
    } else if (event.key === '0') fit();
    else if (event.key === '+' || event.key === '=') zoomBy(1.25);
    else if (event.key === '-') zoomBy(0.8);
    else if (event.key === 'Escape') events.escape();
    else if (!events.key(event.key)) return;
    event.preventDefault();
  }

  function draw(next: Picture, label: string, nextFlow: Flow): void {
    picture = next;
    flow = nextFlow;
    root.setAttribute('aria-label', label);
    const large = next.graph.nodes.length > MOST_IN_SVG;
    canvas.show(large ? next : undefined);
    minimap.show(next);
    const { k } = whole() ?? { k: SCALE.min };
    behavior.scaleExtent([Math.min(SCALE.min, k), SCALE.max]);
    const transform = zoomTransform(root).toString();
    const shown = large ? { ...next, only: nearby(next) } : next;
    renderScene(root, [el('g', { class: 'camera', role: 'none', transform }, paintSvg(shown))]);
    cameraChanged();
  }

  function size(): { width: number; height: number } {
    const { clientWidth: width, clientHeight: height } = element;
    return { width, height };
  }

  function camera(): Camera {
    const { x, y, k } = zoomTransform(root);
    return { x, y, k };
  }

  function setCamera({ x, y, k }: Camera): void {
    cancelAnimationFrame(gliding);
    behavior.transform(surface, zoomIdentity.translate(x, y).scale(inReach(k)));
  }

  function inReach(k: number): number {
    const [least, most] = behavior.scaleExtent();
    return Math.min(most, Math.max(least, k));
  }

  /** Moves the camera over a short time, or at once where motion is unwanted. */
  function glide(to: Camera): void {
    cancelAnimationFrame(gliding);
    if (motionUnwanted()) {
      setCamera(to);
      return;
    }
    const from = camera();
    const start = performance.now();
    const step = (time: number): void => {
      const share = Math.min(1, Math.max(0, time - start) / GLIDE);
      const eased = 1 - (1 - share) ** 3;
      const between = (a: number, b: number): number => a + (b - a) * eased;
      setCamera({ x: between(from.x, to.x), y: between(from.y, to.y), k: between(from.k, to.k) });
      if (share < 1) gliding = requestAnimationFrame(step);
    };
    gliding = requestAnimationFrame(step);
  }

  function whole(): Camera | undefined {
    const { width, height } = size();
    const layout = picture?.layout;
    if (layout === undefined || layout.width === 0 || width === 0 || height === 0) return undefined;
    const room = Math.max(width / 2, width - TOOLS);
    const k = Math.min(LARGEST, room / layout.width, height / layout.height);
    return { x: (room - layout.width * k) / 2, y: (height - layout.height * k) / 2, k };
  }

  function fit(): void {
    const to = whole();
    if (to !== undefined) glide(to);
  }

  function frame(): void {
    const all = whole();
    const layout = picture?.layout;
    if (all === undefined || layout === undefined) return;
    if (all.k >= READABLE) {
      // A little above the middle, where a page begins.
      setCamera({ ...all, y: all.y * 0.4 });
      return;
    }
    if (flow === 'right') {
      const k = Math.max(SMALLEST, Math.min(1, size().height / layout.height));
      setCamera({ x: 0, y: Math.max(0, (size().height - layout.height * k) * 0.4), k });
      return;
    }
    const width = Math.max(size().width / 2, size().width - TOOLS);
    const k = Math.max(SMALLEST, Math.min(1, width / layout.width));
    const room = width - layout.width * k;
    // A picture that is too wide begins with its uppermost nodes in the middle.
    let top: Box | undefined;
    for (const box of layout.nodes.values())
      if (top === undefined || box.y < top.y || (box.y === top.y && box.x < top.x)) top = box;
    const x = room >= 0 || top === undefined ? room / 2 : width / 2 - (top.x + top.width / 2) * k;
    setCamera({ x: room >= 0 ? x : Math.min(0, Math.max(room, x)), y: 0, k });
  }

  function zoomBy(factor: number): void {
    const { width, height } = size();
    const { x, y, k } = camera();
    const scale = inReach(k * factor);
    const middle = { x: width / 2, y: height / 2 };
    const move = (at: number, offset: number): number => at - ((at - offset) * scale) / k;
    glide({ x: move(middle.x, x), y: move(middle.y, y), k: scale });
  }

  function reveal(node: NodeId): void {
    const box = picture?.layout.nodes.get(node);
    if (box === undefined) return;
    const { x, y, k } = camera();
    const shift = shiftIntoView(box, { x, y, k }, size());
    if (shift.x !== 0 || shift.y !== 0) glide({ x: x + shift.x, y: y + shift.y, k });
  }

  function focusNode(node: NodeId): void {
    for (const candidate of root.querySelectorAll('[data-node]')) {
      if (candidate.getAttribute('data-node') !== node) continue;
      candidate.querySelector<SVGElement>('.item')?.focus({ preventScroll: true });
    }
  }

  return { element, draw, fit, frame, zoomBy, reveal, focusNode, camera, setCamera, size };
}

/**
 * The nodes that are elements of the page where the others are drawn on the canvas: those around
 * the one that has the keyboard, so that there is something to focus and to read aloud.
 */
function nearby({ graph, focusable, selected }: Picture): ReadonlySet<NodeId> {
  const at = graph.nodes.findIndex(({ id }) => id === (focusable ?? selected));
  const from = Math.max(0, at - NEARBY / 2);
  const ids = new Set(graph.nodes.slice(from, from + NEARBY).map(({ id }) => id));
  if (selected !== undefined) ids.add(selected);
  return ids;
}

/** How far the camera must move for a box to be wholly visible; a box too large is centred. */
export function shiftIntoView(
  box: Box,
  { x, y, k }: Camera,
  { width, height }: { readonly width: number; readonly height: number },
): Point {
  const along = (start: number, length: number, room: number): number => {
    if (length + 2 * MARGIN > room) return room / 2 - (start + length / 2);
    if (start < MARGIN) return MARGIN - start;
    return Math.min(0, room - MARGIN - (start + length));
  };
  return {
    x: along(box.x * k + x, box.width * k, width),
    y: along(box.y * k + y, box.height * k, height),
  };
}

export function motionUnwanted(): boolean {
  return (
    document.body.classList.contains('vscode-reduce-motion') ||
    matchMedia('(prefers-reduced-motion: reduce)').matches
  );
}
