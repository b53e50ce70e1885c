/**
 * All of a step's operation as JSON, and what its definition says about it outside its digest. Both
 * are closed until somebody wants them: they can be long, and few do.
 */
import type { OpMetadataBody } from '../../proto/messages/op-metadata';
import type { GraphNode, NodeId } from '../../proto/model/build-graph';
import { button, h, setChildren, setText } from '../dom';
import { displayText } from '../picture/display-text';
import type { Texts } from '../picture/texts';

export type WholeOp = {
  readonly element: HTMLElement;
  readonly update: (node: GraphNode) => void;
  readonly receive: (node: NodeId, json: string, metadata?: OpMetadataBody) => void;
  readonly receiveError: (node: NodeId, message: string) => void;
};

export function createWholeOp(
  texts: Texts,
  events: { readonly ask: (node: NodeId) => void; readonly copy: (text: string) => void },
): WholeOp {
  const list = h('div', { class: 'details op-metadata' });
  const metadata = h('details', {}, h('summary', {}, texts('metadata.title')), list);
  const text = h('pre', { class: 'op-text', tabindex: 0, 'aria-label': texts('op.title') });
  const copy = button({
    class: 'quiet',
    label: texts('op.copy'),
    drawing: { stroke: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3' },
    onClick: () => events.copy(text.textContent),
  });
  const json = h(
    'details',
    {},
    h('summary', {}, texts('op.title')),
    h('div', { class: 'op-body' }, copy, text),
  );
  const element = h('div', { class: 'whole-op' }, metadata, json);
  let shown: Pick<GraphNode, 'id' | 'digest'> | undefined;
  /** The digest that was asked for last: an edit makes another op of the same step. */
  let asked: string | undefined;

  function ask(): void {
    if (!(metadata.open || json.open) || shown === undefined || asked === shown.digest) return;
    asked = shown.digest;
    events.ask(shown.id);
  }
  for (const part of [metadata, json]) part.addEventListener('toggle', ask);

  return {
    element,
    update({ id, digest }) {
      if (shown?.id !== id) {
        setText(text, '');
        list.replaceChildren();
      }
      shown = { id, digest };
      ask();
    },
    receive(node, whole, said) {
      if (node !== shown?.id) return;
      setText(text, whole);
      copy.hidden = false;
      setChildren(list, metadataList(said, texts));
    },
    receiveError(node, message) {
      if (node !== shown?.id) return;
      const reason = texts('op.failed', displayText(message));
      setText(text, reason);
      copy.hidden = true;
      list.replaceChildren(h('p', { class: 'muted' }, reason));
    },
  };
}

/** @param said undefined where a record keeps ops only */
function metadataList(said: OpMetadataBody | undefined, texts: Texts): HTMLElement {
  if (said === undefined) return h('p', { class: 'muted' }, texts('metadata.unknown'));
  const { description, progressGroup: group, linuxResources = {} } = said;
  const values = (record: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(record).map(([name, value]) => `${name} = ${value}`);
  const terms: readonly (readonly [term: string, values: readonly string[]])[] = [
    [
      texts('metadata.cache'),
      [
        texts(said.ignoreCache ? 'metadata.ignoreCache' : 'metadata.useCache'),
        ...(said.exportCache === undefined
          ? []
          : [texts(said.exportCache ? 'metadata.export' : 'metadata.noExport')]),
      ],
    ],
    [texts('metadata.caps'), said.caps],
    [texts('metadata.description'), values(description)],
    [
      texts('metadata.group'),
      group === undefined
        ? []
        : [
            group.weak ? texts('metadata.weakGroup', group.name) : group.name,
            texts('metadata.groupId', group.id),
          ],
    ],
    [texts('metadata.limits'), values(linuxResources)],
  ];
  return h(
    'dl',
    {},
    ...terms.flatMap(([term, each]) =>
      each.length === 0
        ? []
        : [
            h('dt', {}, term),
            ...each.map((value) => h('dd', {}, h('code', { class: 'block' }, displayText(value)))),
          ],
    ),
  );
}
