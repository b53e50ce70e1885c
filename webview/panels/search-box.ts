/** The search field above the graph: what is found stays bright, Enter goes from one to the next. */
import { button, h, setText } from '../dom';
import type { Texts } from '../picture/texts';

export type SearchBox = {
  readonly element: HTMLElement;
  /** @param query what is searched at once; else what was searched last stays */
  readonly open: (query?: string) => void;
  /** Says how many were found and which of them is shown; undefined when nothing is searched. */
  readonly update: (count: number | undefined, at: number) => void;
};

export type SearchEvents = {
  readonly changed: (query: string) => void;
  /** To the next (1) or the previous (-1) of the steps that were found. */
  readonly go: (step: 1 | -1) => void;
  readonly closed: () => void;
};

export function createSearchBox(texts: Texts, events: SearchEvents): SearchBox {
  const input = h('input', {
    type: 'search',
    class: 'search-input',
    placeholder: texts('search.placeholder'),
    'aria-label': texts('search.label'),
    title: texts('search.help'),
    spellcheck: 'false',
  });
  const count = h('span', { class: 'search-count numbers', role: 'status' });
  const element = h(
    'div',
    { class: 'search', role: 'search' },
    input,
    count,
    button({
      class: 'quiet',
      label: texts('search.previous'),
      drawing: { stroke: 'M3.5 10 8 5.5l4.5 4.5' },
      onClick: () => events.go(-1),
    }),
    button({
      class: 'quiet',
      label: texts('search.next'),
      drawing: { stroke: 'M3.5 6 8 10.5 12.5 6' },
      onClick: () => events.go(1),
    }),
    button({
      class: 'quiet',
      label: texts('search.close'),
      drawing: { stroke: 'M3.5 3.5l9 9M12.5 3.5l-9 9' },
      onClick: close,
    }),
  );
  element.hidden = true;
  input.addEventListener('input', () => events.changed(input.value));
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && event.target === input) events.go(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function close(): void {
    element.hidden = true;
    input.value = '';
    events.changed('');
    events.closed();
  }

  return {
    element,
    open(query) {
      element.hidden = false;
      if (query !== undefined) {
        input.value = query;
        events.changed(query);
      }
      input.focus();
      input.select();
    },
    update(found, at) {
      setText(
        count,
        found === undefined
          ? ''
          : found === 0
            ? texts('search.none')
            : texts('search.count', at < 0 ? '–' : at + 1, found),
      );
    },
  };
}
