/** The drawing surface: the picture in SVG, its camera, pointer and keyboard. */
import { select } from 'd3-selection';
import { zoom, zoomIdentity, zoomTransform } from 'd3-zoom';
import type { GroupId, NodeId } from '../../proto/model/build-graph';
import { createCanvasLayer } from './canvas/canvas-layer';
import { createMinimap } from './canvas/minimap';
import { h } from '../dom';
import { actionOf } from '../graph-actions';
import type { ActionName } from '../graph-actions';
import type { Direction as Flow, Point } from '../picture/layout';
import { neighbour } from '../picture/navigate';
import type { Direction } from '../picture/navigate';
import type { Picture } from '../picture/painter';
import { NEAR, readingAt } from '../picture/reading';
import { el } from '../picture/scene';
import { paintSvg } from '../picture/svg-painter';
import { firstLook, resized, shiftIntoView, wholeOf, type Covered } from './framing';
import { renderScene } from './render-scene';
import type { Size } from './steady-camera';
import type { Camera } from '../saved-state';

export type GraphViewEvents = {
  readonly select: (node: NodeId | null, openSource: boolean) => void;
  /** Opens what stands for several steps, and closes the stage of a step. */
  readonly toggle: (node: NodeId) => void;
  readonly closeStage: (group: GroupId) => void;
  /** The pointer rests on a step, or on none, at a point of the surface. */
  readonly hover: (node: NodeId | undefined, x: number, y: number) => void;
  readonly cameraMoved: (camera: Camera) => void;
  /** What lies over the view's edges. */
  readonly covered: () => Pick<Covered, 'above' | 'below'>;
  /** A key of the table of actions. @param node the step that has the keyboard */
  readonly act: (action: ActionName, node: NodeId | undefined) => void;
};

export type GraphView = {
  readonly element: HTMLElement;
  readonly draw: (picture: Picture, label: string, flow: Flow) => void;
  readonly fit: () => void;
  /** The first look at a graph: all of it if it stays readable, else its beginning. */
  readonly frame: () => void;
  readonly zoomBy: (factor: number) => void;
  /** Brings a node that is in view out from below what lies over it. */
  readonly uncover: (node: NodeId) => void;
  readonly reveal: (node: NodeId) => void;
  readonly focusNode: (node: NodeId) => void;
  readonly camera: () => Camera;
  /** Puts the camera where somebody left it. */
  readonly restore: (camera: Camera) => void;
  /** Moves the camera along with what it shows. */
  readonly setCamera: (camera: Camera) => void;
  /** The size of the surface in pixels. */
  readonly size: () => Size;
  /** Whether the camera is where somebody put it, and not where the first look did. */
  readonly moved: () => boolean;
};

const SCALE = { min: 0.08, max: 3 } as const;
/** Larger graphs are drawn on a canvas: a card is a dozen elements, and a page should have 1,500. */
const MOST_IN_SVG = 90;
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
    restore({ x: width / 2 - x * k, y: height / 2 - y * k, k });
  });
  element.append(canvas.element, root, minimap.element);
  let picture: Picture | undefined;
  let gliding = 0;
  /** Where the camera is on its way to. */
  let goal: Camera | undefined;
  let moved = false;
  let reading = NEAR;
  let known: Size = { width: 0, height: 0 };
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
        if (event.sourceEvent !== null) {
          cancelAnimationFrame(gliding);
          goal = undefined;
          moved = true;
        }
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
      moved = true;
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
  new ResizeObserver(() => resizedTo(size())).observe(element);

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
    if (readingAt(camera().k) !== reading) paint();
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
    } else {
      const action = actionOf(event.key);
      if (action === undefined) return;
      events.act(action, node);
    }
    event.preventDefault();
  }

  function draw(next: Picture, label: string, nextFlow: Flow): void {
    picture = next;
    flow = nextFlow;
    root.setAttribute('aria-label', label);
    minimap.show(next);
    const { k } = wholeOf(next.layout, size(), flow) ?? { k: SCALE.min };
    behavior.scaleExtent([Math.min(SCALE.min, k), SCALE.max]);
    paint();
    cameraChanged();
  }

  function paint(): void {
    if (picture === undefined) return;
    reading = readingAt(camera().k);
    const next = { ...picture, reading };
    const large = next.graph.nodes.length > MOST_IN_SVG;
    canvas.show(large ? next : undefined);
    root.style.setProperty('--llb-reading', String(reading.scale));
    const transform = zoomTransform(root).toString();
    const shown = large ? { ...next, only: nearby(next) } : next;
    renderScene(root, [el('g', { class: 'camera', role: 'none', transform }, paintSvg(shown))]);
  }

  function size(): Size {
    const { clientWidth: width, clientHeight: height } = element;
    return { width, height };
  }

  function camera(): Camera {
    const { x, y, k } = zoomTransform(root);
    return { x, y, k };
  }

  function setCamera(to: Camera): void {
    cancelAnimationFrame(gliding);
    goal = undefined;
    put(to);
  }

  function put({ x, y, k }: Camera): void {
    behavior.transform(surface, zoomIdentity.translate(x, y).scale(inReach(k)));
  }

  function restore(to: Camera): void {
    moved = true;
    setCamera(to);
  }

  function inReach(k: number): number {
    const [least, most] = behavior.scaleExtent();
    return Math.min(most, Math.max(least, k));
  }

  /** Moves the camera over a short time, or at once where motion is unwanted. */
  function glide(to: Camera): void {
    moved = true;
    cancelAnimationFrame(gliding);
    if (motionUnwanted()) {
      setCamera(to);
      return;
    }
    goal = to;
    const from = camera();
    const start = performance.now();
    const step = (time: number): void => {
      const share = Math.min(1, Math.max(0, time - start) / GLIDE);
      const eased = 1 - (1 - share) ** 3;
      const between = (a: number, b: number): number => a + (b - a) * eased;
      put({ x: between(from.x, to.x), y: between(from.y, to.y), k: between(from.k, to.k) });
      if (share < 1) gliding = requestAnimationFrame(step);
      else goal = undefined;
    };
    gliding = requestAnimationFrame(step);
  }

  function fit(): void {
    const to = picture && wholeOf(picture.layout, size(), flow);
    if (to !== undefined) glide(to);
  }

  function frame(): void {
    const to = picture && firstLook(picture.layout, size(), flow, picture.foremost);
    if (to === undefined) return;
    setCamera(to);
    moved = false;
  }

  function covered(k: number, view: Size): Covered {
    return { ...events.covered(), corner: minimap.covers(k, view) };
  }

  /** The first look follows the view's size; later, what people look at stays in view. */
  function resizedTo(after: Size): void {
    const before = known;
    known = after;
    if (picture === undefined || after.width === 0 || after.height === 0) return;
    const { selected } = picture;
    if (before.width === 0 || before.height === 0 || (!moved && selected === undefined)) {
      if (!moved) frame();
    } else {
      const to = resized(goal ?? camera(), before, after);
      const box = selected === undefined ? undefined : picture.layout.nodes.get(selected);
      const shift =
        box === undefined ? { x: 0, y: 0 } : shiftIntoView(box, to, after, covered(to.k, after));
      setCamera({ x: to.x + shift.x, y: to.y + shift.y, k: to.k });
    }
    cameraChanged();
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
    const shift = shiftIntoView(box, { x, y, k }, size(), covered(k, size()));
    if (shift.x !== 0 || shift.y !== 0) glide({ x: x + shift.x, y: y + shift.y, k });
  }

  function uncover(node: NodeId): void {
    const box = picture?.layout.nodes.get(node);
    if (box === undefined) return;
    const { x, y, k } = camera();
    const { width, height } = size();
    const left = box.x * k + x;
    const top = box.y * k + y;
    const isSeen =
      left < width && left + box.width * k > 0 && top < height && top + box.height * k > 0;
    if (isSeen) reveal(node);
  }

  function focusNode(node: NodeId): void {
    for (const candidate of root.querySelectorAll('[data-node]')) {
      if (candidate.getAttribute('data-node') !== node) continue;
      candidate.querySelector<SVGElement>('.item')?.focus({ preventScroll: true });
    }
  }

  return {
    element,
    draw,
    fit,
    frame,
    zoomBy,
    reveal,
    uncover,
    focusNode,
    camera,
    setCamera,
    restore,
    size,
    moved: () => moved,
  };
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

export function motionUnwanted(): boolean {
  return (
    document.body.classList.contains('vscode-reduce-motion') ||
    matchMedia('(prefers-reduced-motion: reduce)').matches
  );
}
