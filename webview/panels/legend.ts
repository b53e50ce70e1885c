/** What signs and strokes mean. */
import { nodeStates } from '../../proto/model/build-graph';
import { h, svg } from '../dom';
import { edgeAppearances } from '../picture/appearance';
import { headPath, linePath } from '../picture/edge-path';
import { el } from '../picture/scene';
import { paintBadge, paintPrediction } from '../picture/svg-painter';
import type { Texts } from '../picture/texts';

export function createLegend(texts: Texts): HTMLElement {
  const way = [
    { x: 1, y: 8 },
    { x: 43, y: 8 },
  ];
  const edges = (['input', 'copy', 'mount'] as const).map((kind) => {
    const { arrow } = edgeAppearances[kind];
    const drawing = svg(
      16,
      '0 0 44 16',
      el('g', { class: `edge edge-${kind}` }, [
        el('path', { class: 'line', d: linePath(way) }),
        el('path', { class: 'head head-' + arrow, d: headPath(way, arrow) }),
      ]),
    );
    return h('li', {}, drawing, h('span', {}, texts(`edge.${kind}`)));
  });
  const signs = nodeStates.map((state) =>
    h(
      'li',
      {},
      svg(16, '0 0 16 16', el('g', { class: `state-${state}` }, [paintBadge({ state }, 0, 0)])),
      h('span', {}, texts(`state.${state}`)),
    ),
  );
  const predictions = (['run', 'unknown'] as const).map((outcome) =>
    h(
      'li',
      {},
      svg(16, '0 0 16 16', paintPrediction(outcome, 0, 0)),
      h('span', {}, texts('prediction.now', texts(`prediction.${outcome}`))),
    ),
  );
  return h(
    'div',
    { class: 'legend', id: 'legend', role: 'region', 'aria-label': texts('action.legend') },
    h('h2', {}, texts('legend.states')),
    h('ul', { class: 'legend-states' }, ...signs),
    h('h2', {}, texts('legend.predictions')),
    h('ul', { class: 'legend-states' }, ...predictions),
    h('h2', {}, texts('legend.edges')),
    h('ul', { class: 'legend-edges' }, ...edges),
    h('p', { class: 'hint' }, texts('graph.help')),
  );
}
