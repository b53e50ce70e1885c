/** Finds text in a log: each line with a match is marked, and one is current. */
import { button, h, setText } from '../dom';
import type { Texts } from '../picture/texts';
import type { LogLines } from './log-lines';

export type LogSearch = {
  readonly element: HTMLElement;
  /** Looks again after lines have come or gone. */
  readonly refresh: () => void;
  /** Forgets what was found, for another log. */
  readonly clear: () => void;
  readonly focus: () => void;
};

export function createLogSearch(
  texts: Texts,
  lines: LogLines,
  copy: (text: string) => void,
): LogSearch {
  const input = h('input', {
    class: 'search-input',
    type: 'search',
    'aria-label': texts('log.find'),
    placeholder: texts('log.find'),
  });
  const count = h('span', { class: 'search-count numbers', role: 'status' });
  let found: number[] = [];
  let current: number | undefined;
  /** Lines before this one have been looked at. */
  let seen = 0;

  function clear(): void {
    found = [];
    current = undefined;
    seen = 0;
  }

  function refresh(): void {
    const wanted = input.value.toLowerCase();
    const first = lines.first();
    found = found.filter((line) => line >= first);
    if (wanted !== '') {
      for (let line = Math.max(seen, first); line < lines.end(); line++) {
        if (lines.textOf(line).toLowerCase().includes(wanted)) found.push(line);
      }
      seen = lines.end();
    }
    if (current !== undefined && current < first) current = undefined;
    mark();
  }

  function mark(): void {
    lines.mark(new Set(found), current);
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
    mark();
    if (current !== undefined) lines.reveal(current);
  }

  input.addEventListener('input', () => {
    clear();
    refresh();
    go(1);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && input.value !== '') {
      input.value = '';
      clear();
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
      const all = Array.from({ length: lines.end() - lines.first() }, (_, place) =>
        lines.textOf(lines.first() + place),
      );
      copy(all.join('\n'));
    }),
  );
  return { element, refresh, clear, focus: () => input.focus() };
}
