/** Builds HTML elements without markup: texts and attributes are data, so nothing can break out. */
import { renderScene } from './surface/render-scene';
import { icon } from './picture/svg-painter';
import type { Icon } from './picture/appearance';
import type { SvgElement } from './picture/scene';

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
export type Child = Node | string | undefined;

/** An element; `true` sets an empty attribute, `false` and undefined none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/** Sets or removes an attribute; leaves it alone where it already says so. */
export function setAttribute(
  element: Element,
  name: string,
  value: string | number | boolean | undefined,
): void {
  if (value === undefined || value === false) {
    element.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Sets a text only where it differs, so that live regions and selections are left in peace. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Gives an element other children; those that are there already, in this order, stay the elements
 * that they are, with their focus, the text that is selected in them and their place on the screen.
 * What has the same markup counts as the same: what a control leads to has to stand in it.
 */
export function setChildren(parent: Element, ...next: readonly Node[]): void {
  const focus = focusedControl(parent);
  let at = parent.firstChild;
  for (const node of next) {
    const same = sameFrom(at, node);
    if (same === undefined) {
      parent.insertBefore(node, at);
      continue;
    }
    removeUpTo(same);
    at = same.nextSibling;
  }
  removeUpTo(null);
  // The control that took the place of the one that had the keyboard.
  if (focus >= 0 && !parent.contains(document.activeElement))
    controlsOf(parent)[focus]?.focus({ preventScroll: true });

  function removeUpTo(end: ChildNode | null): void {
    while (at !== null && at !== end) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }
}

/** Children that are looked through for one that stays; beyond, comparing would cost too much. */
const LOOK_AHEAD = 40;

/** The first child from `start` on that equals a new one. */
function sameFrom(start: ChildNode | null, node: Node): ChildNode | undefined {
  let at = start;
  for (let seen = 0; at !== null && seen < LOOK_AHEAD; seen += 1) {
    if (at === node || at.isEqualNode(node)) return at;
    at = at.nextSibling;
  }
  return undefined;
}

const controlsOf = (element: Element): readonly HTMLElement[] => [
  ...element.querySelectorAll<HTMLElement>('button, a[href]'),
];

const focusedControl = (element: Element): number =>
  controlsOf(element).findIndex((control) => control === document.activeElement);

/** A small drawing, hidden from assistive technology: its meaning stands beside it in words. */
export function svg(
  size: number,
  viewBox: string,
  ...elements: readonly SvgElement[]
): SVGSVGElement {
  const [, , width = size, height = size] = viewBox.split(' ').map(Number);
  const root = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  root.setAttribute('viewBox', viewBox);
  root.setAttribute('width', String((size * width) / height));
  root.setAttribute('height', String(size));
  root.setAttribute('aria-hidden', 'true');
  root.classList.add('drawing');
  renderScene(root, elements);
  return root;
}

export function iconDrawing(drawing: Icon, size = 16): SVGSVGElement {
  return svg(size, '0 0 16 16', icon('icon', drawing));
}

/** A button that shows an icon, a text, or both; the label is its name when it shows no text. */
export function button(options: {
  readonly class: string;
  readonly text?: string;
  readonly label?: string;
  readonly drawing?: Icon;
  readonly onClick: () => void;
}): HTMLButtonElement {
  const { text, label, drawing } = options;
  const element = h(
    'button',
    { type: 'button', class: options.class, 'aria-label': label, title: label },
    drawing === undefined ? undefined : iconDrawing(drawing),
    text === undefined ? undefined : h('span', {}, text),
  );
  element.addEventListener('click', options.onClick);
  return element;
}
