/**
 * Brings the DOM in line with a picture: elements keep their DOM nodes by key, so that focus,
 * pointers and running animations survive an update.
 */
import { select } from 'd3-selection';
import type { SvgElement } from '../picture/scene';

const SVG = 'http://www.w3.org/2000/svg';

/** Makes the children of `parent` be `elements`, touching only what changed. */
export function renderScene(parent: SVGElement, elements: readonly SvgElement[]): void {
  const focused = document.activeElement;
  select(parent)
    .selectChildren<SVGElement, SvgElement>()
    .data(elements, (element) => element.key)
    .join((enter) => enter.append((element) => document.createElementNS(SVG, element.tag)))
    .order()
    .each(function (this: SVGElement, element) {
      update(this, element);
    });
  // Moving a focused element among its siblings drops the focus.
  if (focused instanceof SVGElement && focused.isConnected && document.activeElement !== focused)
    focused.focus({ preventScroll: true });
}

/** What each DOM node was last made from; equal pictures need no work. */
const drawn = new WeakMap<SVGElement, SvgElement>();

function update(node: SVGElement, element: SvgElement): void {
  const before = drawn.get(node);
  if (before === element) return;
  drawn.set(node, element);
  const old = before?.attributes ?? {};
  for (const [name, value] of Object.entries(element.attributes))
    if (old[name] !== value) node.setAttribute(name, String(value));
  for (const name of Object.keys(old))
    if (!(name in element.attributes)) node.removeAttribute(name);
  if (element.text === undefined) renderScene(node, element.children);
  else if (before?.text !== element.text) node.textContent = element.text;
}
