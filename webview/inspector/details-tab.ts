/** The inspector's first tab: what a step is and how it went, as a list of terms and values. */
import type {
  BuildGraph,
  GraphNode,
  NodeId,
  NodeState,
  NodeStatus,
  NodeWarning,
} from '../../proto/model/build-graph';
import { button, h, setChildren } from '../dom';
import { attributionOf, type Cost } from '../picture/attribution';
import { statusOf } from '../picture/describe';
import { displayText } from '../picture/display-text';
import type { Icon } from '../picture/appearance';
import type { Texts } from '../picture/texts';
import { outlookOf } from './outlook';
import type { Fold } from '../picture/view';
import { bytesText } from '../../proto/model/byte-size';
import { durationText, elapsed } from '../picture/units';

export type DetailsTab = {
  readonly element: HTMLElement;
  readonly update: (graph: BuildGraph, node: GraphNode, now: number, fold?: Fold) => void;
};

const copyIcon: Icon = { stroke: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3' };

export function createDetailsTab(
  texts: Texts,
  events: { readonly copy: (text: string) => void; readonly select: (node: NodeId) => void },
): DetailsTab {
  const outlook = h('div', {});
  const facts = h('dl', {});
  const details = h('dl', {});
  const operation = h('div', {}, h('h3', {}, texts('details.operation')), details);
  const element = h('div', { class: 'details' }, outlook, facts, operation);
  let shown = '';

  const term = (name: string, ...values: readonly (Node | string)[]): readonly Node[] =>
    values.length === 0 ? [] : [h('dt', {}, name), ...values.map((value) => h('dd', {}, value))];

  const copyable = (value: string): Node =>
    h(
      'span',
      { class: 'copyable' },
      h('code', {}, value),
      button({
        class: 'quiet',
        label: texts('action.copy'),
        drawing: copyIcon,
        onClick: () => events.copy(value),
      }),
    );

  const link = (id: NodeId, name: string, kind: string, label?: string): Node =>
    h(
      'span',
      { class: 'relation', 'data-step': id },
      h('span', { class: 'relation-kind' }, kind),
      button({ class: 'link', text: displayText(name), onClick: () => events.select(id) }),
      label === undefined ? undefined : h('code', { class: 'relation-label' }, displayText(label)),
    );

  const warning = ({ text, url }: NodeWarning): Node =>
    h(
      'span',
      { class: 'warning' },
      displayText(text),
      url?.startsWith('https://') === true
        ? h('a', { class: 'link', href: url }, texts('details.warning.more'))
        : undefined,
    );

  const costText = ({ duration, size }: Cost): string => {
    const time = durationText(duration, texts);
    return size === 0 ? time : `${time}, ${bytesText(size)}`;
  };

  const progress = (status: NodeStatus): readonly Node[] =>
    (status.progress ?? []).map((part) =>
      h(
        'span',
        { class: 'progress-line' },
        h('span', {}, displayText(part.name || part.id)),
        h(
          'span',
          { class: 'numbers' },
          part.completed
            ? '✓'
            : part.total > 0
              ? `${bytesText(part.current)} / ${bytesText(part.total)}`
              : bytesText(part.current),
        ),
      ),
    );

  function update(graph: BuildGraph, node: GraphNode, now: number, fold?: Fold): void {
    const status = statusOf(graph, node.id);
    const time = elapsed(status, now);
    const group = graph.groups.find((candidate) => candidate.id === node.group);
    const users = graph.nodes.flatMap((user) =>
      user.inputs
        .filter((input) => input.node === node.id)
        .map((input) => ({ id: user.id, kind: input.kind })),
    );
    // While anything runs it would change all the time.
    const isOver = !Object.values(graph.status).some(({ state }) => state === 'running');
    const share = isOver ? attributionOf(graph, node.id, now) : undefined;
    const members = foremost(graph, fold);
    const names = new Map(graph.nodes.map(({ id, name }) => [id, name]));
    const nameOf = (id: NodeId): string => names.get(id) ?? id;
    const named = [...node.inputs.map((input) => input.node), ...users.map(({ id }) => id)];
    const key = JSON.stringify([
      share,
      node,
      status,
      time === undefined ? '' : durationText(time, texts),
      group,
      users,
      fold,
      members.map((id) => statusOf(graph, id).state),
      [...named, ...members, status.difference?.root ?? node.id].map(nameOf),
    ]);
    if (key === shown) return;
    shown = key;
    setChildren(outlook, ...outlookOf(graph, status, texts, events.select));
    setChildren(
      facts,
      ...(status.error === undefined
        ? []
        : term(texts('details.error'), h('pre', { class: 'error' }, status.error))),
      ...term(texts('details.warnings'), ...(status.warnings ?? []).map(warning)),
      ...term(
        texts('details.kind'),
        texts(fold === undefined ? `kind.${node.kind}` : `fold.${fold.kind}`),
      ),
      ...term(
        texts('details.steps'),
        ...members.map((id) => link(id, nameOf(id), texts(`state.${statusOf(graph, id).state}`))),
        ...((fold?.members.length ?? 0) > MOST_LISTED
          ? [texts('details.more', (fold?.members.length ?? 0) - MOST_LISTED)]
          : []),
      ),
      ...(group === undefined ? [] : term(texts('details.stage'), displayText(group.name))),
      ...(node.platform === undefined
        ? []
        : term(texts('details.platform'), displayText(node.platform))),
      ...(status.started === undefined
        ? []
        : term(texts('details.started'), new Date(status.started).toLocaleString())),
      ...(time === undefined ? [] : term(texts('details.duration'), durationText(time, texts))),
      ...term(texts('details.progress'), ...progress(status)),
      ...term(
        texts('details.outputs'),
        ...(status.outputs ?? []).map(({ name, size }) =>
          texts('details.output', displayText(name), bytesText(size)),
        ),
      ),
      ...term(
        texts('details.inputs'),
        ...node.inputs.map((input) =>
          link(input.node, nameOf(input.node), texts(`edge.${input.kind}`), input.label),
        ),
      ),
      ...(share === undefined
        ? []
        : term(
            texts('details.needs'),
            texts('details.cost', share.needed.steps, costText(share.needed)),
            texts('details.alone', share.alone.steps, costText(share.alone)),
          )),
      ...term(
        texts('details.usedBy'),
        ...users.map((user) => link(user.id, nameOf(user.id), texts(`edge.${user.kind}`))),
      ),
      ...(fold === undefined
        ? [
            ...term(texts('details.digest'), copyable(node.digest)),
            ...term(
              texts('details.neutralDigest'),
              h(
                'span',
                { title: texts('details.neutralDigest.hint') },
                copyable(node.neutralDigest),
              ),
            ),
          ]
        : []),
      ...term(texts('details.vertex'), displayText(node.fullName)),
    );
    setChildren(details, ...grouped(node).flatMap(([label, values]) => term(label, ...values)));
    operation.hidden = node.details.length === 0;
  }

  /** Details of one label follow each other under it. */
  function grouped(node: GraphNode): readonly (readonly [string, readonly Node[]])[] {
    const groups = new Map<string, Node[]>();
    for (const { label, value } of node.details) {
      const shownValue = h('code', { class: 'block' }, value);
      const list = groups.get(label);
      if (list === undefined) groups.set(label, [shownValue]);
      else list.push(shownValue);
    }
    return [...groups].map(([label, values]) => [displayText(label), values]);
  }

  return { element, update };
}

/** The members of a fold that are listed: those that failed or run come first. */
function foremost(graph: BuildGraph, fold: Fold | undefined): readonly NodeId[] {
  const weight = (id: NodeId): number => FIRST.indexOf(statusOf(graph, id).state);
  return [...(fold?.members ?? [])].sort((a, b) => weight(b) - weight(a)).slice(0, MOST_LISTED);
}

const FIRST: readonly NodeState[] = ['cancelled', 'running', 'failed'];
/** A step may stand for thousands. */
const MOST_LISTED = 40;
