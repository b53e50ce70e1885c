/** The inspector's file tree: what a built step's root file system holds, one folder at a time. */
import type { LayerEntry } from '../../proto/messages/webview';
import type { GraphNode, NodeStatus } from '../../proto/model/build-graph';
import { button, h, iconDrawing, setAttribute, setChildren, setText } from '../dom';
import { kindIcons } from '../picture/appearance';
import type { Icon } from '../picture/appearance';
import { displayText } from '../picture/display-text';
import type { Texts } from '../picture/texts';
import { bytesText } from '../../proto/model/byte-size';
import { permissionsText } from '../../proto/model/permissions';

export type FilesTab = {
  readonly element: HTMLElement;
  readonly update: (node: GraphNode, status: NodeStatus, visible: boolean) => void;
  readonly receive: (node: string, path: string, entries: readonly LayerEntry[]) => void;
  readonly receiveError: (node: string, path: string, message: string) => void;
};

export type FilesEvents = {
  readonly readLayer: (node: string, path: string) => void;
  readonly openFile: (node: string, path: string) => void;
};

const icons: Readonly<Record<LayerEntry['kind'], Icon>> = {
  directory: kindIcons.local,
  file: { stroke: 'M4 2h5l3.5 3.5V14H4ZM9 2v3.5h3.5' },
  symlink: { stroke: 'M3 13c0-4.5 2.5-6.5 8-6.5M8 3.2 11.4 6.5 8 9.8' },
  other: kindIcons.unknown,
};

/** An open or closed folder's place in the tree. */
type Folder = { readonly path: string; readonly level: number; readonly list: HTMLElement };

export function createFilesTab(texts: Texts, events: FilesEvents): FilesTab {
  const message = h('p', { class: 'empty-text' });
  const tree = h('ul', { class: 'files-tree', role: 'tree', 'aria-label': texts('files.tree') });
  const columns = h(
    'div',
    { class: 'files-columns', 'aria-hidden': 'true' },
    h('span', {}, texts('files.name')),
    h('span', { class: 'numbers' }, texts('files.size')),
    h('span', {}, texts('files.mode')),
  );
  const element = h('div', { class: 'files' }, message, columns, tree);
  const folders = new Map<string, Folder>();
  let shown: string | undefined;
  let node = '';

  function update(next: GraphNode, status: NodeStatus, visible: boolean): void {
    const built = status.state === 'cached' || status.state === 'done';
    message.hidden = built;
    tree.hidden = columns.hidden = !built;
    if (!built) {
      setText(message, texts('files.notBuilt'));
      shown = undefined;
      return;
    }
    const key = `${next.id}\0${next.digest}\0${status.completed ?? ''}`;
    if (!visible || key === shown) return;
    shown = key;
    if (next.id === node) {
      // Built anew: what is open stays so, and as it was until the answers are there.
      for (const [path, { list }] of folders)
        if (tree.contains(list)) events.readLayer(node, path);
        else folders.delete(path);
      return;
    }
    node = next.id;
    folders.clear();
    read({ path: '/', level: 1, list: tree });
  }

  function read(folder: Folder): void {
    folders.set(folder.path, folder);
    folder.list.replaceChildren(note(folder, texts('files.loading')));
    events.readLayer(node, folder.path);
  }

  function note({ level, list }: Folder, text: string, ...more: readonly Node[]): HTMLElement {
    const line = h(
      'div',
      { class: 'files-note', role: 'treeitem', 'aria-level': level },
      text,
      ...more,
    );
    indent(line, level);
    // A tree whose only line this is must still be reached by Tab.
    if (list === tree) line.tabIndex = 0;
    return h('li', { role: 'none' }, line);
  }

  function receive(from: string, path: string, entries: readonly LayerEntry[]): void {
    const folder = folders.get(path);
    if (from !== node || folder === undefined) return;
    if (entries.length === 0) {
      folder.list.replaceChildren(note(folder, texts('files.empty')));
      return;
    }
    const sorted = [...entries].sort(
      (a, b) =>
        Number(b.kind === 'directory') - Number(a.kind === 'directory') ||
        (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
    );
    const standing = new Map(
      [...folder.list.children].map((item) => [lineOf(item)?.dataset['path'], item]),
    );
    const rows = sorted.map((entry, index) => {
      const made = row(folder, entry, index, sorted.length);
      const before = standing.get(lineOf(made)?.dataset['path']);
      return before !== undefined && saysTheSame(before, made) ? before : made;
    });
    setChildren(folder.list, ...rows);
    if (tree.querySelector('[tabindex="0"]') === null)
      tree.querySelector('[data-path]')?.setAttribute('tabindex', '0');
  }

  function receiveError(from: string, path: string, reason: string): void {
    const folder = folders.get(path);
    if (from !== node || folder === undefined) return;
    const retry = button({
      class: 'link',
      text: texts('files.retry'),
      onClick: () => read(folder),
    });
    folder.list.replaceChildren(
      note(folder, `${texts('files.failed', displayText(reason))} `, retry),
    );
  }

  function row(parent: Folder, entry: LayerEntry, index: number, count: number): HTMLElement {
    const path = `${parent.path === '/' ? '' : parent.path}/${entry.name}`;
    const isFolder = entry.kind === 'directory';
    const name = displayText(entry.name);
    const target = entry.linkTarget === undefined ? '' : displayText(entry.linkTarget);
    const size = entry.kind === 'file' ? bytesText(entry.size) : '';
    const line = h(
      'div',
      {
        class: `files-row files-${entry.kind}`,
        role: 'treeitem',
        tabindex: -1,
        'data-path': path,
        'aria-level': parent.level,
        'aria-posinset': index + 1,
        'aria-setsize': count,
        'aria-expanded': isFolder ? 'false' : undefined,
      },
      h('span', { class: 'twistie' }, isFolder ? iconDrawing(chevron, 12) : ''),
      iconDrawing(icons[entry.kind]),
      h(
        'span',
        { class: 'files-name', title: target === '' ? name : `${name} → ${target}` },
        name,
        target === '' ? undefined : h('span', { class: 'muted' }, ` → ${target}`),
        h('span', { class: 'visually-hidden' }, `, ${texts(`files.${entry.kind}`)},`),
      ),
      h('span', { class: 'numbers muted' }, size),
      h('code', { class: 'muted' }, permissionsText(entry.mode)),
    );
    indent(line, parent.level);
    const act = (): void => {
      if (isFolder) toggle(line, path, parent.level);
      else if (entry.kind === 'file' || entry.kind === 'symlink') events.openFile(node, path);
    };
    line.addEventListener('click', () => {
      focus(line);
      act();
    });
    line.addEventListener('keydown', (event) => onKey(event, line, act));
    return h('li', { role: 'none' }, line);
  }

  /** Opens or closes a folder; its list stands behind its line. */
  function toggle(line: HTMLElement, path: string, level: number): void {
    const isOpen = line.getAttribute('aria-expanded') === 'true';
    setAttribute(line, 'aria-expanded', isOpen ? 'false' : 'true');
    const list = line.nextElementSibling;
    if (list instanceof HTMLElement) list.hidden = isOpen;
    else {
      const inner = h('ul', { role: 'group' });
      line.after(inner);
      read({ path, level: level + 1, list: inner });
    }
  }

  function onKey(event: KeyboardEvent, item: HTMLElement, act: () => void): void {
    if (event.target !== item) return;
    const visible = [...tree.querySelectorAll<HTMLElement>('[data-path]')].filter(
      (candidate) => candidate.offsetParent !== null,
    );
    const at = visible.indexOf(item);
    const expanded = item.getAttribute('aria-expanded');
    const above = item.closest('ul')?.previousElementSibling;
    const parent =
      above instanceof HTMLElement && above.hasAttribute('data-path') ? above : undefined;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => focus(visible[at + 1]),
      ArrowUp: () => focus(visible[at - 1]),
      Home: () => focus(visible[0]),
      End: () => focus(visible.at(-1)),
      ArrowRight: () => {
        if (expanded === 'true') focus(visible[at + 1]);
        else if (expanded === 'false') act();
      },
      ArrowLeft: () => {
        if (expanded === 'true') act();
        else focus(parent);
      },
      Enter: act,
      ' ': act,
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  function focus(item: HTMLElement | undefined): void {
    if (item === undefined) return;
    for (const other of tree.querySelectorAll('[tabindex="0"]'))
      other.setAttribute('tabindex', '-1');
    item.setAttribute('tabindex', '0');
    item.focus();
  }

  return { element, update, receive, receiveError };
}

/** The line of an entry, behind which stands the list of what is in it. */
const lineOf = (item: Element): HTMLElement | undefined =>
  item.firstElementChild instanceof HTMLElement ? item.firstElementChild : undefined;

/** Whether an entry would be drawn as it was before, but for its place and whether it is open. */
function saysTheSame(before: Element, made: Element): boolean {
  const [old, next] = [lineOf(before), lineOf(made)];
  if (old === undefined || next === undefined) return false;
  for (const name of ['aria-posinset', 'aria-setsize'])
    setAttribute(old, name, next.getAttribute(name) ?? undefined);
  for (const name of ['aria-expanded', 'tabindex'])
    setAttribute(next, name, old.getAttribute(name) ?? undefined);
  return old.isEqualNode(next);
}

const chevron: Icon = { stroke: 'M6 3.5 10.5 8 6 12.5' };

function indent(element: HTMLElement, level: number): void {
  element.style.setProperty('--level', String(level - 1));
}
