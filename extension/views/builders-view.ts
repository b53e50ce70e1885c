/**
 * The view *Builders*: every builder there is to choose from, whether it answers, what it is and
 * what it keeps on its disk.
 */
import * as vscode from 'vscode';
import type { BuilderService } from '../builder-service';
import type { Disposables } from '../disposables';
import type { GcRule } from '../engine/builder/builder-info';
import type { BuilderDetails, BuilderEntry, BuilderState, Usage } from '../service/protocol';
import { builderFor } from '../settings';
import { bytesText } from '../../proto/model/byte-size';
import { durationText, messageOf, usageName } from './words';

export type BuilderItem = {
  readonly kind: 'builder';
  readonly entry: BuilderEntry;
  readonly state: BuilderState;
  /** Builds of this window go there. */
  readonly used: boolean;
};
/** A line below a builder, with further lines where there are many. */
type FactItem = {
  readonly kind: 'fact';
  readonly label: string;
  readonly description?: string;
  readonly icon: string;
  readonly facts?: readonly FactItem[];
};
type ProblemItem = { readonly kind: 'problem'; readonly text: string };
export type BuildersItem = BuilderItem | FactItem | ProblemItem;

export class BuildersView implements vscode.TreeDataProvider<BuildersItem>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<BuildersItem | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: Disposables;

  constructor(private readonly service: BuilderService) {
    const refresh = (): void => this.refresh();
    this.subscriptions = [
      this.changed,
      vscode.window.registerTreeDataProvider('llbLens.builders', this),
      service.onDidChange(refresh),
      vscode.workspace.onDidGrantWorkspaceTrust(refresh),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('llbLens.builder')) refresh();
      }),
    ];
  }

  refresh(): void {
    this.changed.fire(undefined);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  getTreeItem(item: BuildersItem): vscode.TreeItem {
    switch (item.kind) {
      case 'builder':
        return builderTreeItem(item);
      case 'fact':
        return factTreeItem(item);
      case 'problem': {
        const line = new vscode.TreeItem(item.text);
        line.iconPath = new vscode.ThemeIcon('warning');
        line.tooltip = item.text;
        return line;
      }
    }
  }

  async getChildren(item?: BuildersItem): Promise<BuildersItem[]> {
    if (item === undefined) return this.builders();
    if (item.kind === 'fact') return [...(item.facts ?? [])];
    return item.kind === 'builder' ? this.facts(item) : [];
  }

  private async builders(): Promise<BuildersItem[]> {
    // The view's welcome text says what to do in an untrusted workspace.
    if (!vscode.workspace.isTrusted) return [];
    try {
      const { builders, problems } = await this.service.request('builder/list', {});
      const chosen = builderFor(undefined);
      const listed = builders.some(({ builder }) => builder === chosen) || chosen === undefined;
      const entries: readonly BuilderEntry[] = listed
        ? builders
        : [{ builder: chosen, name: chosen, driver: '', current: false }, ...builders];
      const items = await Promise.all(
        entries.map(async (entry): Promise<BuilderItem> => {
          const used = chosen === undefined ? entry.current : entry.builder === chosen;
          return { kind: 'builder', entry, state: await this.stateOf(entry), used };
        }),
      );
      return [...items, ...problems.map((text): ProblemItem => ({ kind: 'problem', text }))];
    } catch (error) {
      return [{ kind: 'problem', text: messageOf(error) }];
    }
  }

  private async stateOf({ builder }: BuilderEntry): Promise<BuilderState> {
    try {
      return await this.service.request('builder/state', { builder });
    } catch (error) {
      return { state: 'unavailable', reason: messageOf(error), remedy: '' };
    }
  }

  private async facts({ entry, state }: BuilderItem): Promise<BuildersItem[]> {
    if (state.state === 'unavailable') {
      return [state.reason, state.remedy]
        .filter((text) => text !== '')
        .map((text) => ({ kind: 'problem', text }));
    }
    try {
      const { builder } = entry;
      const [details, usage] = await Promise.all([
        this.service.request('builder/info', { builder }),
        this.service.request('builder/usage', { builder }),
      ]);
      return builderFacts(entry, details, usage);
    } catch (error) {
      return [{ kind: 'problem', text: messageOf(error) }];
    }
  }
}

function builderTreeItem({ entry, state, used }: BuilderItem): vscode.TreeItem {
  const item = new vscode.TreeItem(shortName(entry), vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `builder:${entry.builder}`;
  const connected = state.state === 'connected';
  const words = [
    ...(used ? [vscode.l10n.t('in use')] : []),
    connected ? vscode.l10n.t('running') : vscode.l10n.t('not available'),
    ...(entry.driver === '' ? [] : [entry.driver]),
  ];
  item.description = words.join(' · ');
  item.iconPath = connected
    ? new vscode.ThemeIcon(
        used ? 'vm-active' : 'vm-running',
        new vscode.ThemeColor('testing.iconPassed'),
      )
    : new vscode.ThemeIcon('vm-outline');
  item.tooltip = connected
    ? `${state.name}\n${state.address}`
    : `${state.reason}\n${state.remedy}`.trim();
  item.accessibilityInformation = { label: `${entry.name}, ${words.join(', ')}` };
  // Only builders of buildx's store can be removed; Docker's own cannot.
  const kinds = [
    connected ? 'connected' : 'away',
    ...(used ? ['used'] : []),
    ...(entry.nodes === undefined ? [] : ['stored']),
  ];
  item.contextValue = `builder.${kinds.join('.')}.`;
  return item;
}

/** A builder that has only an address is called by its end, which tells the most. */
function shortName({ name }: BuilderEntry): string {
  const [, place] = /^[a-z+-]+:\/\/([^?]*)/.exec(name) ?? [];
  if (place === undefined) return name;
  return place.slice(place.replace(/\/$/, '').lastIndexOf('/') + 1);
}

function factTreeItem({ label, description, icon, facts }: FactItem): vscode.TreeItem {
  const item = new vscode.TreeItem(
    label,
    facts === undefined
      ? vscode.TreeItemCollapsibleState.None
      : vscode.TreeItemCollapsibleState.Collapsed,
  );
  if (description !== undefined) item.description = description;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.tooltip = description === undefined ? label : `${label}: ${description}`;
  item.contextValue = 'fact';
  return item;
}

function builderFacts(entry: BuilderEntry, details: BuilderDetails, usage: Usage): FactItem[] {
  const fact = (
    icon: string,
    label: string,
    description?: string,
    facts?: readonly FactItem[],
  ): FactItem => ({
    kind: 'fact',
    icon,
    label,
    ...(description === undefined ? {} : { description }),
    ...(facts === undefined || facts.length === 0 ? {} : { facts }),
  });
  const platforms = [...new Set(details.workers.flatMap((worker) => worker.platforms))];
  const capabilities = [...details.capabilities.gateway, ...details.capabilities.llb];
  const rules = details.workers.flatMap(({ gcRules }) => gcRules);
  const labels = details.workers.flatMap((worker) => Object.entries(worker.labels));
  return [
    fact(
      'versions',
      vscode.l10n.t('BuildKit'),
      details.version ?? vscode.l10n.t('version not told'),
    ),
    fact('plug', vscode.l10n.t('Address'), details.address),
    ...(entry.nodes !== undefined && entry.nodes.length > 1
      ? [
          fact(
            'server',
            vscode.l10n.t('Nodes'),
            String(entry.nodes.length),
            entry.nodes.map((node) =>
              fact('vm', node.name, [node.endpoint, ...node.platforms].join(' · ')),
            ),
          ),
        ]
      : []),
    fact('chip', vscode.l10n.t('Platforms'), platforms.join(', ')),
    fact(
      'database',
      vscode.l10n.t('Disk use'),
      vscode.l10n.t('{0}, {1} can go', bytesText(usage.size), bytesText(usage.reclaimable)),
      usage.types.map(({ type, count, size, reclaimable }) =>
        fact(
          'package',
          usageName(type),
          vscode.l10n.t('{0} in {1}, {2} can go', bytesText(size), count, bytesText(reclaimable)),
        ),
      ),
    ),
    fact(
      'trash',
      vscode.l10n.t('Clean-up rules'),
      String(rules.length),
      rules.map((rule) => fact('dash', ruleText(rule))),
    ),
    fact(
      'extensions',
      vscode.l10n.t('Capabilities'),
      String(capabilities.length),
      capabilities.map((capability) => fact('check', capability)),
    ),
    ...(details.missing.length === 0
      ? []
      : [
          fact(
            'info',
            vscode.l10n.t('Not in this BuildKit'),
            String(details.missing.length),
            details.missing.map((text) => fact('circle-slash', text)),
          ),
        ]),
    fact(
      'tag',
      vscode.l10n.t('Labels'),
      String(labels.length),
      labels.map(([name, value]) => fact('dash', name, value)),
    ),
  ];
}

/** One rule of BuildKit's garbage collection as a sentence. */
function ruleText({ all, filters, keepDuration, ...spaces }: GcRule): string {
  const { reservedSpace, maxUsedSpace, minFreeSpace } = spaces;
  const parts = [
    all ? vscode.l10n.t('everything') : filterText(filters) || vscode.l10n.t('what is not shared'),
    ...(keepDuration > 0 ? [vscode.l10n.t('unused for {0}', durationText(keepDuration))] : []),
    ...(maxUsedSpace > 0 ? [vscode.l10n.t('above {0}', bytesText(maxUsedSpace))] : []),
    ...(reservedSpace > 0 ? [vscode.l10n.t('down to {0}', bytesText(reservedSpace))] : []),
    ...(minFreeSpace > 0 ? [vscode.l10n.t('keeping {0} free', bytesText(minFreeSpace))] : []),
  ];
  return parts.join(', ');
}

/** `type==source.local,type==exec.cachemount` in words; what says something else stays as it is. */
function filterText(filters: readonly string[]): string {
  const words = filters
    .flatMap((filter) => filter.split(','))
    .map((condition) => {
      const [, type] = /^type==([\w.]+)$/.exec(condition) ?? [];
      return type === undefined ? condition : usageName(type);
    });
  return words.join(', ');
}
