/** How a step went in earlier builds: a bar for each and the same as a table. */
import type { PastRun } from '../../proto/messages/webview';
import type { GraphNode, NodeStatus } from '../../proto/model/build-graph';
import { h, setChildren, setText } from '../dom';
import type { Texts } from '../picture/texts';
import { durationText } from '../picture/units';

export type PastRuns = {
  readonly element: HTMLElement;
  readonly update: (node: GraphNode, status: NodeStatus, visible: boolean) => void;
  readonly receive: (node: string, runs: readonly PastRun[]) => void;
};

/** As many as there is room for beside each other. */
const MOST_BARS = 24;
const MOST_ROWS = 10;

export function createPastRuns(texts: Texts, read: (node: string) => void): PastRuns {
  const bars = h('div', { class: 'past-bars', 'aria-hidden': 'true' });
  const rows = h('tbody', {});
  const average = h('p', { class: 'muted' });
  const element = h(
    'section',
    { class: 'past-runs', 'aria-label': texts('times.title') },
    h('h3', {}, texts('times.title')),
    bars,
    average,
    h('table', {}, rows),
  );
  element.hidden = true;
  let asked = '';
  let shown = '';

  function draw(runs: readonly PastRun[]): void {
    element.hidden = runs.length === 0;
    const ran = runs.flatMap(({ duration, state }) =>
      duration === undefined || state === 'cached' ? [] : [duration],
    );
    const longest = Math.max(1, ...ran);
    setChildren(
      bars,
      ...[...runs.slice(0, MOST_BARS)].reverse().map(({ state, duration = 0 }) => {
        const bar = h('span', { class: `past-bar state-${state}` });
        bar.style.height = `${state === 'cached' ? 3 : Math.max(4, (duration / longest) * 36)}px`;
        return bar;
      }),
    );
    setText(
      average,
      ran.length === 0
        ? texts('times.neverRan', runs.length)
        : texts(
            'times.average',
            durationText(ran.reduce((sum, each) => sum + each, 0) / ran.length, texts),
            ran.length,
            runs.length,
          ),
    );
    setChildren(
      rows,
      ...runs
        .slice(0, MOST_ROWS)
        .map(({ finished, state, duration }) =>
          h(
            'tr',
            {},
            h('td', {}, new Date(finished).toLocaleString()),
            h('td', {}, texts(`state.${state}`)),
            h(
              'td',
              { class: 'numbers' },
              duration === undefined || state === 'cached' ? '' : durationText(duration, texts),
            ),
          ),
        ),
    );
  }

  return {
    element,
    update(node, status, visible) {
      if (node.id !== shown) {
        shown = node.id;
        draw([]);
      }
      const key = `${node.id}\0${node.neutralDigest}\0${status.completed ?? ''}`;
      if (!visible || key === asked) return;
      asked = key;
      read(node.id);
    },
    receive(node, runs) {
      if (node === shown) draw(runs);
    },
  };
}
