/** The rows of the view *Layers*, and how each looks. */
import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { LayerEntry } from '../../proto/messages/webview';
import { modeText, timeText } from '../engine/files/entry-text';
import type { ChangedEntry, LayerPlace } from '../service/protocol';
import { bytesText } from '../../proto/model/byte-size';

export type Change = NonNullable<ChangedEntry['change']>;

/** A file or folder of a layer. */
export type FileRow = {
  readonly kind: 'file';
  readonly path: string;
  readonly entry: LayerEntry;
  readonly change?: Change;
  readonly before?: LayerEntry;
  readonly below?: ChangedEntry['below'];
  readonly counts?: ChangedEntry['counts'];
  /** Where its content is; absent for files of an image's single layers, which cannot be read. */
  readonly place?: LayerPlace;
  /** Where its older content is. */
  readonly placeBefore?: LayerPlace;
  readonly children: () => Promise<readonly Row[]>;
};
/** A line about an image, with further lines where there are any. */
export type FactRow = {
  readonly kind: 'fact';
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly icon: string;
  readonly open?: boolean;
  readonly children?: () => Promise<readonly Row[]>;
};
/** Stands for the rows of a large folder that are not shown yet. */
export type MoreRow = {
  readonly kind: 'more';
  readonly parent: Row | undefined;
  readonly left: number;
};
export type Row = FileRow | FactRow | MoreRow;

export const changeNames: Readonly<Record<Change, () => string>> = {
  added: () => vscode.l10n.t('added'),
  changed: () => vscode.l10n.t('changed'),
  removed: () => vscode.l10n.t('removed'),
};

const kindIcons: Readonly<Record<LayerEntry['kind'], string>> = {
  directory: 'folder',
  file: 'file',
  symlink: 'file-symlink-file',
  other: 'file-binary',
};

/** The scheme of the URIs that only carry a row's change to its decoration. */
export const ROW_SCHEME = 'llb-layer-row';

/** @param key makes ids of different layers differ */
export function treeItem(row: Row, key: string): vscode.TreeItem {
  switch (row.kind) {
    case 'file':
      return fileItem(row, key);
    case 'fact':
      return factItem(row, key);
    case 'more': {
      const item = new vscode.TreeItem(vscode.l10n.t('Show more ({0} left)', row.left));
      item.iconPath = new vscode.ThemeIcon('ellipsis');
      item.contextValue = 'layers.more';
      item.command = { command: 'llbLens.layers.more', title: '', arguments: [row] };
      return item;
    }
  }
}

function fileItem(row: FileRow, key: string): vscode.TreeItem {
  const { entry, path, change } = row;
  const isFolder = entry.kind === 'directory';
  const item = new vscode.TreeItem(
    entry.name,
    isFolder ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
  );
  item.id = `${key}:${path}`;
  // The name is what the theme's icon is chosen by; the query is what the decoration reads.
  item.resourceUri = vscode.Uri.from({ scheme: ROW_SCHEME, path, query: change ?? '' });
  item.iconPath =
    entry.kind === 'file'
      ? vscode.ThemeIcon.File
      : isFolder
        ? vscode.ThemeIcon.Folder
        : new vscode.ThemeIcon(kindIcons[entry.kind]);
  const words = wordsOf(row);
  item.description = words.join(' · ');
  item.tooltip = tooltipOf(row);
  item.accessibilityInformation = { label: [entry.name, ...words].join(', ') };
  item.contextValue = contextOf(row);
  if (!isFolder && row.place !== undefined) {
    item.command = {
      command: 'llbLens.layers.open',
      title: vscode.l10n.t('Open'),
      arguments: [row],
    };
  }
  return item;
}

function wordsOf({ entry, change, before, below, counts }: FileRow): string[] {
  const below_ =
    below === undefined ? [] : [vscode.l10n.t('{0} files', below.files), bytesText(below.bytes)];
  const inside =
    counts === undefined
      ? []
      : (['added', 'changed', 'removed'] as const)
          .filter((kind) => counts[kind] > 0)
          .map((kind) => `${counts[kind]} ${changeNames[kind]()}`);
  return [
    ...(change === undefined ? [] : [changeNames[change]()]),
    ...(entry.kind === 'file' ? [bytesText(entry.size)] : []),
    ...(change === 'changed' && before !== undefined ? differences(before, entry) : []),
    ...(entry.linkTarget === undefined ? [] : [`→ ${entry.linkTarget}`]),
    ...below_,
    ...inside,
  ];
}

/** What of an entry is another than before, besides what it holds. */
function differences(before: LayerEntry, after: LayerEntry): string[] {
  const owner = ({ uid = 0, gid = 0 }: LayerEntry): string => `${uid}:${gid}`;
  return [
    ...(before.kind === after.kind ? [] : [vscode.l10n.t('was {0}', kindName(before.kind))]),
    ...(before.mode === after.mode ? [] : [`${modeText(before)} → ${modeText(after)}`]),
    ...(owner(before) === owner(after) ? [] : [`${owner(before)} → ${owner(after)}`]),
    ...(before.size === after.size || after.kind !== 'file'
      ? []
      : [vscode.l10n.t('was {0}', bytesText(before.size))]),
  ];
}

function kindName(kind: LayerEntry['kind']): string {
  const names: Readonly<Record<LayerEntry['kind'], string>> = {
    directory: vscode.l10n.t('a folder'),
    file: vscode.l10n.t('a file'),
    symlink: vscode.l10n.t('a link'),
    other: vscode.l10n.t('a special file'),
  };
  return names[kind];
}

function tooltipOf({ path, entry, change, before }: FileRow): string {
  const facts = (one: LayerEntry): string[] => [
    vscode.l10n.t('Mode: {0} ({1})', modeText(one), `0${one.mode.toString(8).padStart(3, '0')}`),
    vscode.l10n.t('Owner: {0}', `${one.uid ?? 0}:${one.gid ?? 0}`),
    ...(one.kind === 'directory' ? [] : [vscode.l10n.t('Size: {0} bytes', one.size)]),
    vscode.l10n.t('Modified: {0} UTC', timeText(one.modified / 1000)),
    ...(one.linkTarget === undefined ? [] : [vscode.l10n.t('Link to: {0}', one.linkTarget)]),
    ...(one.hardLink === undefined ? [] : [vscode.l10n.t('Same file as: {0}', one.hardLink)]),
  ];
  const earlier =
    change === 'changed' && before !== undefined
      ? ['', vscode.l10n.t('Before:'), ...facts(before)]
      : [];
  const name = change === undefined ? path : `${path} (${changeNames[change]()})`;
  return [name, ...facts(entry), ...earlier].join('\n');
}

/** For menus: `layers.file.changed.readable.` */
function contextOf({ entry, change, place }: FileRow): string {
  const kind = entry.kind === 'directory' ? 'folder' : 'file';
  return `layers.${kind}.${change ?? 'same'}.${place === undefined ? '' : 'readable.'}`;
}

function factItem(row: FactRow, key: string): vscode.TreeItem {
  const { children, open = false } = row;
  const item = new vscode.TreeItem(
    row.label,
    children === undefined
      ? vscode.TreeItemCollapsibleState.None
      : open
        ? vscode.TreeItemCollapsibleState.Expanded
        : vscode.TreeItemCollapsibleState.Collapsed,
  );
  item.id = `${key}:${row.id}`;
  item.iconPath = new vscode.ThemeIcon(row.icon);
  if (row.description !== undefined) item.description = row.description;
  item.tooltip = row.tooltip ?? [row.label, row.description ?? ''].join(' ').trim();
  const words = row.description === undefined ? [] : [row.description];
  item.accessibilityInformation = { label: [row.label, ...words].join(', ') };
  item.contextValue = 'layers.fact';
  return item;
}

type Look = { readonly letter: string; readonly color: string };
const looks: Readonly<Record<string, Look>> = {
  added: { letter: 'A', color: 'gitDecoration.addedResourceForeground' },
  changed: { letter: 'M', color: 'gitDecoration.modifiedResourceForeground' },
  removed: { letter: 'D', color: 'gitDecoration.deletedResourceForeground' },
};

/** A letter and a colour for what was added, changed or removed; the words stand beside the name. */
export const changeDecorations: vscode.FileDecorationProvider = {
  provideFileDecoration: ({ scheme, query }) => {
    const look = scheme === ROW_SCHEME ? looks[query] : undefined;
    return look === undefined
      ? undefined
      : new vscode.FileDecoration(look.letter, undefined, new vscode.ThemeColor(look.color));
  },
};

/** The folder a path is in, and its name. */
export const nameOf = (path: string): string => posix.basename(path) || '/';
