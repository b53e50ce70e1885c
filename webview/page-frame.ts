/** How the parts of the page stand together, and what stands in for a graph that is not there. */
import { h, setText } from './dom';
import { createSplitter } from './panels/splitter';
import type { Texts } from './picture/texts';

export type PageParts = {
  readonly header: HTMLElement;
  readonly notices: HTMLElement;
  readonly announcer: HTMLElement;
  readonly surface: HTMLElement;
  /** What lies over the graph. */
  readonly over: readonly HTMLElement[];
  /** What opens below it. */
  readonly below: readonly HTMLElement[];
  readonly inspector: HTMLElement;
};

export type PageFrame = {
  readonly element: HTMLElement;
  readonly fill: (state: 'loading' | 'empty' | 'full') => void;
  readonly showInspector: (shown: boolean) => void;
  /** @param share of the inspector, 0 to 1 */
  readonly split: (share: number) => void;
};

export function createPageFrame(
  texts: Texts,
  parts: PageParts,
  onSplit: (share: number) => void,
): PageFrame {
  const drop = h('div', { class: 'drop-hint', 'aria-hidden': 'true' }, texts('graph.drop'));
  const title = h('p', { class: 'empty-title' });
  const hint = h('p', { class: 'empty-hint' });
  const empty = h('div', { class: 'empty' }, title, hint);
  const graph = h(
    'section',
    { class: 'graph', 'aria-label': texts('graph.region') },
    parts.surface,
    empty,
    ...parts.over,
    drop,
  );
  const drawing = h('div', { class: 'drawing-area' }, graph, ...parts.below);
  const work = h('main', { class: 'work' });
  const splitter = createSplitter(texts('inspector.resize'), work, onSplit);
  work.append(drawing, splitter.element, parts.inspector);
  return {
    element: h('div', { class: 'app' }, parts.header, parts.notices, work, parts.announcer),
    fill(state) {
      empty.hidden = state === 'full';
      if (state === 'full') return;
      setText(title, texts(state === 'loading' ? 'empty.loading' : 'empty.title'));
      setText(hint, state === 'loading' ? '' : texts('empty.hint'));
    },
    showInspector(shown) {
      work.classList.toggle('with-inspector', shown);
      parts.inspector.hidden = splitter.element.hidden = !shown;
    },
    split: (share) => splitter.set(share),
  };
}
