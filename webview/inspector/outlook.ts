/** What is known of a step besides how it went: what a build would do now, and what differs. */
import type { BuildGraph, NodeId, NodeStatus, Reason } from '../../proto/model/build-graph';
import { button, h, svg } from '../dom';
import { displayText } from '../picture/display-text';
import { predictionText } from '../picture/prediction';
import { reasonText } from '../picture/reason-text';
import { el } from '../picture/scene';
import { paintPrediction } from '../picture/svg-painter';
import type { Texts } from '../picture/texts';

/** Nothing where nothing is known. */
export function outlookOf(
  graph: BuildGraph,
  { prediction, difference }: NodeStatus,
  texts: Texts,
  select: (node: NodeId) => void,
): readonly HTMLElement[] {
  const reasons = (list: readonly Reason[]): readonly Node[] =>
    list.length === 0
      ? []
      : [h('ul', {}, ...list.map((one) => h('li', {}, displayText(reasonText(one, texts)))))];
  const root = difference?.root;
  const origin = graph.nodes.find(({ id }) => id === root);
  return [
    ...(prediction === undefined
      ? []
      : [
          h(
            'section',
            { class: 'outlook', 'data-prediction': prediction.outcome },
            h(
              'p',
              { class: 'outlook-head' },
              svg(16, '0 0 16 16', el('g', {}, [paintPrediction(prediction.outcome, 0, 0)])),
              h('span', {}, texts('prediction.now', predictionText(prediction, texts))),
            ),
            ...(prediction.onSave === true ? [h('p', {}, texts('prediction.onSave'))] : []),
            ...reasons(prediction.reasons ?? []),
          ),
        ]),
    ...(difference === undefined
      ? []
      : [
          h(
            'section',
            { class: 'outlook', 'data-difference': difference.kind },
            h(
              'p',
              { class: 'outlook-head' },
              h('span', {}, texts(`difference.${difference.kind}`)),
            ),
            ...reasons(difference.reasons),
            ...(origin === undefined
              ? []
              : [
                  h(
                    'p',
                    { class: 'relation', 'data-step': origin.id },
                    h('span', { class: 'relation-kind' }, texts('difference.root')),
                    button({
                      class: 'link',
                      text: displayText(origin.name),
                      onClick: () => select(origin.id),
                    }),
                  ),
                ]),
          ),
        ]),
  ];
}
