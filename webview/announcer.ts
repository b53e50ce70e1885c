/** Tells screen readers, politely and not too often, how the build goes. */
import type { BuildGraph } from '../proto/model/build-graph';
import { h, setText } from './dom';
import { statusOf, summary } from './picture/describe';
import { displayText } from './picture/display-text';
import type { Texts } from './picture/texts';

/** Milliseconds between two announcements. */
const QUIET = 3000;

export type Announcer = {
  readonly element: HTMLElement;
  readonly graphChanged: (graph: BuildGraph) => void;
};

export function createAnnouncer(texts: Texts): Announcer {
  const element = h('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
  let last = 0;
  let pending: ReturnType<typeof setTimeout> | undefined;
  let next = '';

  function say(): void {
    pending = undefined;
    last = Date.now();
    setText(element, next);
  }

  return {
    element,
    graphChanged(graph) {
      const failed = graph.nodes.filter((node) => statusOf(graph, node.id).state === 'failed');
      next = [
        ...failed.map((node) => texts('summary.step.failed', displayText(node.name))),
        summary(graph, texts),
      ].join('. ');
      if (next === element.textContent) return;
      pending ??= setTimeout(say, Math.max(0, last + QUIET - Date.now()));
    },
  };
}
