/** Finds text in a log that is on screen: each line with a match is marked, and one is current. */
import { button, h, setText } from '../dom';
import type { Texts } from '../picture/texts';

export type LogSearch = {
  readonly element: HTMLElement;
  /** Looks again after lines have come or gone. */
  readonly refresh: () => void;
  readonly focus: () => void;
};

/** @param lines holds one element a line */
export function createLogSearch(
  texts: Texts,
  lines: HTMLElement,
  copy: (text: string) => void,
): LogSearch {
  const input = h('input', {
    class: 'search-input',
    type: 'search',
    'aria-label': texts('log.find'),
    placeholder: texts('log.find'),
  });
  const count = h('span', { class: 'search-count numbers', role: 'status' });
  let found: readonly Element[] = [];
  let current: Element | undefined;

  function refresh(): void {
    const wanted = input.value.toLowerCase();
    for (const line of found) line.classList.remove('log-found', 'log-current');
    found =
      wanted === ''
        ? []
        : [...lines.children].filter((line) => line.textContent.toLowerCase().includes(wanted));
    for (const line of found) line.classList.add('log-found');
    if (current === undefined || !found.includes(current)) current = undefined;
    mark();
  }

  function mark(): void {
    for (const line of found) line.classList.toggle('log-current', line === current);
    const at = current === undefined ? 0 : found.indexOf(current) + 1;
    setText(
      count,
      input.value === ''
        ? ''
        : found.length === 0
          ? texts('search.none')
          : texts('search.count', at, found.length),
    );
  }

  function go(step: 1 | -1): void {
    if (found.length === 0) return;
    const at = current === undefined ? -1 : found.indexOf(current);
    const next = at < 0 && step < 0 ? found.length - 1 : (at + step + found.length) % found.length;
    current = found[next];
    current?.scrollIntoView({ block: 'nearest' });
    mark();
  }

  input.addEventListener('input', () => {
    refresh();
    go(1);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && input.value !== '') {
      input.value = '';
      refresh();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const tool = (label: string, stroke: string, onClick: () => void): HTMLButtonElement =>
    button({ class: 'quiet', label, drawing: { stroke }, onClick });
  const element = h(
    'div',
    { class: 'log-tools' },
    input,
    count,
    tool(texts('log.previous'), 'M4 10l4-4 4 4', () => go(-1)),
    tool(texts('log.next'), 'M4 6l4 4 4-4', () => go(1)),
    tool(texts('log.copy'), 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3', () => {
      copy([...lines.children].map((line) => line.textContent).join('\n'));
    }),
  );
  return { element, refresh, focus: () => input.focus() };
}
