/** All of a step's operation as JSON, closed until somebody wants it: it can be long. */
import type { GraphNode, NodeId } from '../../proto/model/build-graph';
import { button, h, setText } from '../dom';
import { displayText } from '../picture/display-text';
import type { Texts } from '../picture/texts';

export type OpJson = {
  readonly element: HTMLElement;
  readonly update: (node: GraphNode) => void;
  readonly receive: (node: NodeId, json: string) => void;
  readonly receiveError: (node: NodeId, message: string) => void;
};

export function createOpJson(
  texts: Texts,
  events: { readonly ask: (node: NodeId) => void; readonly copy: (text: string) => void },
): OpJson {
  const text = h('pre', { class: 'op-text', tabindex: 0, 'aria-label': texts('op.title') });
  const copy = button({
    class: 'quiet',
    label: texts('op.copy'),
    drawing: { stroke: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3' },
    onClick: () => events.copy(text.textContent),
  });
  const element = h(
    'details',
    { class: 'op-json' },
    h('summary', {}, texts('op.title')),
    h('div', { class: 'op-body' }, copy, text),
  );
  let shown: Pick<GraphNode, 'id' | 'digest'> | undefined;
  /** The digest that was asked for last: an edit makes another op of the same step. */
  let asked: string | undefined;

  function ask(): void {
    if (!element.open || shown === undefined || asked === shown.digest) return;
    asked = shown.digest;
    events.ask(shown.id);
  }
  element.addEventListener('toggle', ask);

  return {
    element,
    update({ id, digest }) {
      if (shown?.id !== id) setText(text, '');
      shown = { id, digest };
      ask();
    },
    receive(node, json) {
      if (node !== shown?.id) return;
      setText(text, json);
      copy.hidden = false;
    },
    receiveError(node, message) {
      if (node !== shown?.id) return;
      setText(text, texts('op.failed', displayText(message)));
      copy.hidden = true;
    },
  };
}
