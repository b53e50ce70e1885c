/**
 * The view *Builds*: every build that the builder remembers, started from anywhere, live.
 *
 * The service watches only while the view can be seen; it tells everything anew when it begins.
 */
import * as vscode from 'vscode';
import type { BuilderService } from '../builder-service';
import type { Disposables } from '../disposables';
import type { HistoryRecord, HistoryState } from '../engine/history/record';
import { HistoryChangedNotification, type HistoryChanged } from '../service/protocol';
import { builderFor } from '../settings';
import { buildDrags } from './build-drags';
import { agoText, durationText, messageOf } from './words';

/** Milliseconds between two looks at the clock while builds run. */
const tick = 1_000;
/** Without a running build, "5 minutes ago" may be this old. */
const slowTick = 30_000;

export class BuildsView implements vscode.TreeDataProvider<HistoryRecord>, vscode.Disposable {
  private readonly records = new Map<string, HistoryRecord>();
  private readonly changed = new vscode.EventEmitter<HistoryRecord | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<HistoryRecord>;
  private readonly subscriptions: Disposables;
  /** The builder that is watched now; undefined while nobody looks. */
  private watched: string | undefined;
  private clock: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: BuilderService,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.view = vscode.window.createTreeView('llbLens.builds', {
      treeDataProvider: this,
      dragAndDropController: buildDrags,
    });
    const rewatch = (): void => void this.watch();
    this.subscriptions = [
      this.changed,
      this.view,
      this.view.onDidChangeVisibility(rewatch),
      vscode.workspace.onDidGrantWorkspaceTrust(rewatch),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('llbLens.builder')) rewatch();
      }),
      service.onDidChange(() => {
        // The service may be a new process, which watches nothing yet.
        if (this.watched !== undefined) rewatch();
      }),
      service.onNotification((event) => {
        if (event.method === HistoryChangedNotification) this.apply(event.params);
      }),
    ];
    rewatch();
  }

  /** Asks for all builds anew. */
  refresh(): void {
    void this.watch();
  }

  record(ref: string): HistoryRecord | undefined {
    return this.records.get(ref);
  }

  getTreeItem(record: HistoryRecord): vscode.TreeItem {
    return treeItem(record);
  }

  getChildren(record?: HistoryRecord): HistoryRecord[] {
    if (record !== undefined) return [];
    return [...this.records.values()].sort(
      (a, b) => Number(isRunning(b)) - Number(isRunning(a)) || b.started - a.started,
    );
  }

  dispose(): void {
    clearTimeout(this.clock);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async watch(): Promise<void> {
    const builder = builderFor(undefined);
    if (!this.view.visible || !vscode.workspace.isTrusted) return;
    this.watched = builder ?? '';
    try {
      await this.service.request('history/watch', builder === undefined ? {} : { builder });
    } catch (error) {
      this.log.warn(`history/watch: ${messageOf(error)}`);
      this.view.message = messageOf(error);
    }
  }

  private apply({ builder, reset, upserts, removes, state, message }: HistoryChanged): void {
    if (builder !== this.watched) return;
    if (reset) this.records.clear();
    for (const record of upserts) this.records.set(record.ref, record);
    for (const ref of removes) this.records.delete(ref);
    // An empty message hides the line; the welcome text is for an empty list of a live builder.
    this.view.message = state === 'live' ? '' : (message ?? '');
    void vscode.commands.executeCommand('setContext', 'llbLens.historyState', state);
    this.changed.fire(undefined);
    this.schedule();
  }

  /** Times move on by themselves. */
  private schedule(): void {
    clearTimeout(this.clock);
    if (!this.view.visible || this.records.size === 0) return;
    const running = [...this.records.values()].filter(isRunning);
    this.clock = setTimeout(
      () => {
        if (running.length === 0) this.changed.fire(undefined);
        for (const record of running) this.changed.fire(this.records.get(record.ref));
        this.schedule();
      },
      running.length > 0 ? tick : slowTick,
    );
  }
}

const isRunning = ({ state }: HistoryRecord): boolean => state === 'running';

type Look = { readonly icon: string; readonly color: string };
const looks: Readonly<Record<HistoryState, Look>> = {
  running: { icon: 'sync~spin', color: 'charts.blue' },
  succeeded: { icon: 'pass', color: 'testing.iconPassed' },
  failed: { icon: 'error', color: 'testing.iconFailed' },
  cancelled: { icon: 'circle-slash', color: 'testing.iconSkipped' },
};

export function stateName(state: HistoryState): string {
  const names: Readonly<Record<HistoryState, string>> = {
    running: vscode.l10n.t('running'),
    succeeded: vscode.l10n.t('succeeded'),
    failed: vscode.l10n.t('failed'),
    cancelled: vscode.l10n.t('cancelled'),
  };
  return names[state];
}

function treeItem(record: HistoryRecord): vscode.TreeItem {
  const { ref, name, state, started, completed, steps, warnings, pinned, error } = record;
  const item = new vscode.TreeItem(name);
  item.id = `build:${ref}`;
  const duration = durationText(Math.max(0, (completed ?? Date.now()) - started));
  const cached = vscode.l10n.t('{0} of {1} cached', steps.cached, steps.total);
  const words = [
    ...(state === 'running' ? [duration] : [agoText(started), duration]),
    ...(steps.total > 0 ? [cached] : []),
    ...(warnings > 0 ? [vscode.l10n.t('{0} warnings', warnings)] : []),
    ...(pinned ? [vscode.l10n.t('pinned')] : []),
  ];
  item.description = words.join(' · ');
  const { icon, color } = looks[state];
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  item.accessibilityInformation = { label: [name, stateName(state), ...words].join(', ') };
  item.tooltip = [
    `${name}: ${stateName(state)}`,
    ...(error === undefined ? [] : [error]),
    new Date(started).toLocaleString(vscode.env.language),
    ...(record.dockerfile === undefined ? [] : [record.dockerfile]),
    ...(record.platforms.length === 0 ? [] : [record.platforms.join(', ')]),
    ref,
  ].join('\n');
  item.contextValue = `build.${state}.${pinned ? 'pinned' : 'unpinned'}.`;
  item.command = {
    command: 'llbLens.builds.open',
    title: vscode.l10n.t('Open'),
    arguments: [record],
  };
  return item;
}
