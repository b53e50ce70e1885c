/**
 * The view *Layers*: the files of a step or an image, what it changed, and for images their layers.
 *
 * Folders are read when they are opened, and large ones are shown piece by piece.
 */
import * as vscode from 'vscode';
import type { BuilderService } from '../builder-service';
import type { Disposables } from '../disposables';
import { type BuiltStep, type LayerFiles, placeOf } from '../layer-files';
import type { ChangesParams, InspectedImageBody, LayerPlace } from '../service/protocol';
import { messageOf } from '../views/words';
import { imageRows } from './image-rows';
import {
  changeDecorations,
  type FactRow,
  type FileRow,
  nameOf,
  type Row,
  treeItem,
} from './layer-items';

/** What is looked into. */
export type ShownLayer = {
  readonly title: string;
  /** Absent for an archive, whose files cannot be opened. */
  readonly place?: LayerPlace;
  /** What it is compared with, where that is not the step before. */
  readonly from?: { readonly title: string; readonly place: LayerPlace };
  readonly image?: InspectedImageBody;
  /** The step, where it is one. */
  readonly step?: BuiltStep;
};
export type Mode = 'files' | 'changes' | 'image';

/** Rows of a folder that are shown at once; the rest comes on demand. */
const pageSize = 1_000;

export class LayersView implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Row | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Row>;
  private readonly subscriptions: Disposables;
  private current: ShownLayer | undefined;
  private mode: Mode = 'changes';
  private version = 0;
  /** Rows by their parent, the whole at `undefined`, and how many of them are shown. */
  private readonly rows = new Map<Row | undefined, readonly Row[]>();
  private readonly pages = new Map<Row | undefined, number>();

  constructor(
    private readonly service: BuilderService,
    layers: LayerFiles,
  ) {
    this.view = vscode.window.createTreeView('llbLens.layers', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    this.subscriptions = [
      this.changed,
      this.view,
      vscode.window.registerFileDecorationProvider(changeDecorations),
      layers.onDidSelect((step) => void this.follow(step)),
    ];
    this.tell();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  get shown(): ShownLayer | undefined {
    return this.current;
  }

  /** Shows a layer, and brings the view to the front. */
  async show(layer: ShownLayer, mode: Mode): Promise<void> {
    this.set(layer, mode);
    await vscode.commands.executeCommand('llbLens.layers.focus');
  }

  setMode(mode: Mode): void {
    if (this.current !== undefined) this.set(this.current, mode);
  }

  refresh(): void {
    if (this.current !== undefined) this.set(this.current, this.mode);
  }

  /** Shows the next rows of a folder. */
  more(parent: Row | undefined): void {
    this.pages.set(parent, (this.pages.get(parent) ?? 1) + 1);
    this.changed.fire(parent);
  }

  getTreeItem(row: Row): vscode.TreeItem {
    return treeItem(row, String(this.version));
  }

  async getChildren(parent?: Row): Promise<Row[]> {
    const version = this.version;
    const rows = this.rows.get(parent) ?? (await this.read(parent));
    if (version !== this.version) return [];
    this.rows.set(parent, rows);
    const shown = (this.pages.get(parent) ?? 1) * pageSize;
    if (rows.length <= shown) return [...rows];
    return [...rows.slice(0, shown), { kind: 'more', parent, left: rows.length - shown }];
  }

  /** The selection of the graph, while somebody looks and no image is looked into. */
  private async follow(step: BuiltStep): Promise<void> {
    if (!this.view.visible || this.mode === 'image') return;
    try {
      this.set(await layerOfStep(step), this.mode);
    } catch (error) {
      this.view.message = messageOf(error);
    }
  }

  private set(layer: ShownLayer, mode: Mode): void {
    this.current = layer;
    this.mode = mode === 'image' && layer.image === undefined ? 'files' : mode;
    this.version++;
    this.rows.clear();
    this.pages.clear();
    this.view.message = '';
    this.view.title = vscode.l10n.t('Layers: {0}', layer.title);
    const { from } = layer;
    this.view.description = {
      files: vscode.l10n.t('all files'),
      changes:
        from === undefined
          ? vscode.l10n.t('what the step changed')
          : vscode.l10n.t('compared with {0}', from.title),
      image: vscode.l10n.t('image'),
    }[this.mode];
    this.tell();
    this.changed.fire(undefined);
  }

  /** For menus and welcome texts. */
  private tell(): void {
    const context = {
      'llbLens.layersMode': this.current === undefined ? 'none' : this.mode,
      'llbLens.layersIsStep': this.current?.place?.kind === 'step',
      'llbLens.layersHasImage': this.current?.image !== undefined,
    };
    for (const [key, value] of Object.entries(context)) {
      void vscode.commands.executeCommand('setContext', key, value);
    }
  }

  private async read(parent: Row | undefined): Promise<readonly Row[]> {
    try {
      if (parent === undefined) return await this.top();
      if (parent.kind === 'more') return [];
      return (await parent.children?.()) ?? [];
    } catch (error) {
      const problem: FactRow = {
        kind: 'fact',
        id: `problem.${this.rows.size}`,
        label: messageOf(error),
        icon: 'error',
      };
      return [problem];
    }
  }

  private async top(): Promise<readonly Row[]> {
    const { current } = this;
    if (current === undefined) return [];
    const { place, image, from } = current;
    if (this.mode === 'image' && image !== undefined) {
      return imageRows(
        image,
        (layer, path) => this.service.request('image/changesIn', { id: image.id, layer, path }),
        place === undefined ? undefined : () => this.files(place, '/'),
      );
    }
    if (place === undefined) return [];
    if (this.mode === 'files') return this.files(place, '/');
    const rows = await this.changes(
      { layer: place, ...(from === undefined ? {} : { from: from.place }) },
      '/',
    );
    if (rows.length > 0) return rows;
    return [
      { kind: 'fact', id: 'none', label: vscode.l10n.t('No file was changed.'), icon: 'info' },
    ];
  }

  private async files(place: LayerPlace, path: string): Promise<readonly Row[]> {
    const entries = await this.service.request('layer/readDir', { layer: place, path });
    const rows = entries.map((entry): FileRow => {
      const full = path === '/' ? `/${entry.name}` : `${path}/${entry.name}`;
      return { kind: 'file', path: full, entry, place, children: () => this.files(place, full) };
    });
    return foldersFirst(rows);
  }

  private async changes(params: ChangesParams, path: string): Promise<readonly Row[]> {
    const { entries, partial } = await this.service.request('layer/changesIn', { ...params, path });
    const { layer, from } = params;
    const before = from ?? (layer.kind === 'step' ? { ...layer, before: true } : undefined);
    const rows = entries.map((one): FileRow => {
      const { change, after, counts, below } = one;
      const entry = after ?? one.before;
      return {
        kind: 'file',
        path: one.path,
        // What is only on the way to changes is a folder.
        entry: entry ?? { name: one.name, kind: 'directory', mode: 0o755, size: 0, modified: 0 },
        ...(change === undefined ? {} : { change }),
        ...(one.before === undefined ? {} : { before: one.before }),
        ...(below === undefined ? {} : { below }),
        counts,
        ...(change === 'removed' ? {} : { place: layer }),
        ...(change === 'removed' && before !== undefined ? { place: before } : {}),
        ...(change === 'changed' && before !== undefined ? { placeBefore: before } : {}),
        children: () => this.changes(params, one.path),
      };
    });
    if (partial && path === '/')
      this.view.message = vscode.l10n.t('Not all folders were compared.');
    return foldersFirst(rows);
  }
}

/** As the explorer sorts, by default. */
function foldersFirst(rows: readonly FileRow[]): readonly FileRow[] {
  const isFolder = ({ entry }: FileRow): boolean => entry.kind === 'directory';
  const order = new Intl.Collator(undefined, { numeric: true });
  return [...rows].sort(
    (a, b) =>
      Number(isFolder(b)) - Number(isFolder(a)) || order.compare(nameOf(a.path), nameOf(b.path)),
  );
}

/** A built step as it is shown. Rejects when the text it was built from is gone. */
export async function layerOfStep(step: BuiltStep): Promise<ShownLayer> {
  const { build, node } = step;
  return { title: node.name, place: await placeOf(build, node.neutralDigest), step };
}
