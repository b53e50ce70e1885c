/**
 * What a step did to the files: added, changed and removed paths with what differs about them. Long
 * lists are drawn piece by piece, as they are scrolled to.
 */
import type { LayerChange, LayerEntry } from '../../proto/messages/webview';
import type { GraphNode, NodeStatus } from '../../proto/model/build-graph';
import { button, h, setChildren, setText } from '../dom';
import { displayText } from '../picture/display-text';
import type { Texts } from '../picture/texts';
import { bytesText } from '../../proto/model/byte-size';
import { permissionsText } from '../../proto/model/permissions';

export type ChangesTab = {
  readonly element: HTMLElement;
  readonly update: (node: GraphNode, status: NodeStatus, visible: boolean) => void;
  readonly receive: (node: string, changes: readonly LayerChange[], partial: boolean) => void;
  readonly receiveError: (node: string, message: string) => void;
};

export type ChangesEvents = {
  readonly readChanges: (node: string) => void;
  readonly openFile: (node: string, path: string) => void;
  readonly openDiff: (node: string, path: string) => void;
  readonly saveFile: (node: string, path: string) => void;
};

/** Rows that are made at once. */
const PAGE = 200;
/** Pixels from the end at which more rows are made. */
const NEAR_END = 400;

const marks: Readonly<Record<LayerChange['change'], string>> = {
  added: '+',
  changed: '~',
  removed: '−',
};
const saveIcon = { stroke: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 11.5v2h11v-2' } as const;

export function createChangesTab(texts: Texts, events: ChangesEvents): ChangesTab {
  const message = h('p', { class: 'empty-text', role: 'status' });
  const sum = h('p', { class: 'changes-sum muted' });
  const list = h('ul', { class: 'changes-list', 'aria-label': texts('tab.changes') });
  const element = h('div', { class: 'changes', tabindex: 0 }, message, sum, list);
  let node = '';
  let asked = '';
  /** The step whose list is drawn. */
  let listed = '';
  let rest: readonly LayerChange[] = [];

  function say(text: string): void {
    setText(message, text);
    message.hidden = text === '';
    sum.hidden = list.hidden = text !== '';
  }

  function more(): void {
    list.append(...rest.slice(0, PAGE).map(row));
    rest = rest.slice(PAGE);
  }

  function row(change: LayerChange): HTMLElement {
    const { path, before, after } = change;
    const isFile = (after ?? before)?.kind === 'file';
    const name = displayText(path);
    const open = (): void => {
      if (change.change === 'changed' && isFile) events.openDiff(node, path);
      else if (change.change === 'removed') events.openDiff(node, path);
      else events.openFile(node, path);
    };
    return h(
      'li',
      { class: `change change-${change.change}` },
      h('span', { class: 'change-mark', 'aria-hidden': 'true' }, marks[change.change]),
      h('span', { class: 'visually-hidden' }, texts(`changes.${change.change}`)),
      isFile
        ? button({ class: 'link change-path', text: name, onClick: open })
        : h('span', { class: 'change-path' }, name),
      h('span', { class: 'muted change-what' }, whatDiffers(before, after, texts)),
      change.change === 'removed'
        ? undefined
        : button({
            class: 'quiet',
            label: texts('changes.save', name),
            drawing: saveIcon,
            onClick: () => events.saveFile(node, path),
          }),
    );
  }

  element.addEventListener('scroll', () => {
    if (element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END) more();
  });

  return {
    element,
    update(next, status, visible) {
      const built = status.state === 'cached' || status.state === 'done';
      if (!built) {
        node = next.id;
        asked = '';
        say(texts('changes.notBuilt'));
        return;
      }
      const key = `${next.id}\0${next.digest}\0${status.completed ?? ''}`;
      if (!visible || key === asked) return;
      asked = key;
      // Built anew: what was said stays until the answer is there.
      if (next.id !== listed || list.hidden) say(texts('files.loading'));
      node = next.id;
      events.readChanges(node);
    },
    receive(from, changes, partial) {
      if (from !== node) return;
      const shown = Math.max(PAGE, from === listed ? list.childElementCount : 0);
      listed = from;
      setChildren(list, ...changes.slice(0, shown).map(row));
      rest = changes.slice(shown);
      say(changes.length === 0 ? texts('changes.none') : '');
      const count = (kind: LayerChange['change']): number =>
        changes.filter(({ change }) => change === kind).length;
      const bytes = changes.reduce((total, { after }) => total + (after?.size ?? 0), 0);
      setText(
        sum,
        [
          texts('changes.sum', count('added'), count('changed'), count('removed')),
          bytesText(bytes),
          ...(partial ? [texts('changes.partial')] : []),
        ].join(' · '),
      );
    },
    receiveError(from, reason) {
      if (from !== node) return;
      say(texts('files.failed', displayText(reason)));
    },
  };
}

/** Size, and mode, owner or target where they are others than before. */
function whatDiffers(
  before: LayerEntry | undefined,
  after: LayerEntry | undefined,
  texts: Texts,
): string {
  const entry = after ?? before;
  if (entry === undefined) return '';
  const parts = entry.kind === 'file' ? [sizeText(before, after)] : [texts(`files.${entry.kind}`)];
  if (before !== undefined && after !== undefined) {
    if (before.mode !== after.mode)
      parts.push(`${permissionsText(before.mode)} → ${permissionsText(after.mode)}`);
    if (before.uid !== after.uid || before.gid !== after.gid)
      parts.push(`${owner(before)} → ${owner(after)}`);
    if (before.linkTarget !== after.linkTarget)
      parts.push(
        `${displayText(before.linkTarget ?? '')} → ${displayText(after.linkTarget ?? '')}`,
      );
  }
  return parts.join(' · ');
}

function sizeText(before: LayerEntry | undefined, after: LayerEntry | undefined): string {
  if (before === undefined || after === undefined || before.size === after.size)
    return bytesText((after ?? before)?.size ?? 0);
  return `${bytesText(before.size)} → ${bytesText(after.size)}`;
}

const owner = ({ uid, gid }: LayerEntry): string => `${uid ?? 0}:${gid ?? 0}`;
