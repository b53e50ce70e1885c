/** The bar between graph and inspector: dragged by pointer, moved by arrow keys. */
import { h, setAttribute } from '../dom';

const STEP = 0.03;
export const SPLIT = { min: 0.2, max: 0.75, initial: 0.38 } as const;

/** Below this width in pixels the inspector stands under the graph. */
export const NARROW = 720;

export type Splitter = { readonly element: HTMLElement; readonly set: (split: number) => void };

/** @param changed gets the inspector's share, 0 to 1, along the longer way. */
export function createSplitter(
  label: string,
  container: HTMLElement,
  changed: (split: number) => void,
): Splitter {
  const element = h('div', {
    class: 'splitter',
    role: 'separator',
    tabindex: 0,
    'aria-label': label,
    'aria-controls': 'inspector',
    'aria-valuemin': SPLIT.min * 100,
    'aria-valuemax': SPLIT.max * 100,
    'aria-orientation': 'vertical',
  });
  let split: number = SPLIT.initial;
  const narrow = (): boolean => container.clientWidth < NARROW;

  function set(next: number): void {
    split = Math.min(SPLIT.max, Math.max(SPLIT.min, next));
    container.style.setProperty('--split', `${(split * 100).toFixed(2)}%`);
    setAttribute(element, 'aria-valuenow', Math.round(split * 100));
  }
  function move(next: number): void {
    set(next);
    changed(split);
  }

  element.addEventListener('pointerdown', (event) => {
    element.setPointerCapture(event.pointerId);
    event.preventDefault();
    element.focus();
  });
  element.addEventListener('pointermove', (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    const box = container.getBoundingClientRect();
    move(
      narrow()
        ? (box.bottom - event.clientY) / box.height
        : (box.right - event.clientX) / box.width,
    );
  });
  element.addEventListener('keydown', (event) => {
    const towards = narrow() ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight'];
    const direction = towards.indexOf(event.key);
    if (direction < 0) return;
    event.preventDefault();
    move(split + (direction === 0 ? STEP : -STEP));
  });
  new ResizeObserver(() => {
    container.classList.toggle('narrow', narrow());
    setAttribute(element, 'aria-orientation', narrow() ? 'horizontal' : 'vertical');
  }).observe(container);
  set(split);
  return { element, set };
}
