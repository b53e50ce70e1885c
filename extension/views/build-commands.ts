/**
 * What can be done to a build of the history: open, read, keep, export, delete. Builds of exported
 * records can be read.
 */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import * as vscode from 'vscode';
import type { HistoryRecord } from '../engine/history/record';
import type { BuildError, Attestation } from '../engine/history/opened-build';
import type { BuildRef, BundledBuild, OpenedBuildBody } from '../service/protocol';
import { builderFor } from '../settings';
import { requireTrust } from '../trust';
import type { BuildsView } from './builds-view';
import type { BundleEditors } from './bundle-editors';
import { RecordPanel, type RecordPanelServices } from './record-panel';
import type { RecordTexts } from './record-texts';
import { messageOf } from './words';

export type BuildCommandServices = RecordPanelServices & {
  readonly view: BuildsView;
  readonly texts: RecordTexts;
  readonly bundles: BundleEditors;
};

type AnyBuild = BuildRef | BundledBuild;

const PANEL_TYPE = 'llbLens.record';

export class BuildCommands implements vscode.Disposable {
  private readonly panels = new Map<string, RecordPanel>();
  private readonly registration: vscode.Disposable;

  constructor(private readonly services: BuildCommandServices) {
    const { view } = services;
    const reading: Readonly<Record<string, (build: AnyBuild) => Promise<void>>> = {
      'llbLens.builds.showLog': (build) => this.showLog(build),
      'llbLens.builds.showError': (build) => this.showError(build),
      'llbLens.builds.showAttestation': (build) => this.showAttestation(build),
    };
    const changing: Readonly<Record<string, (record: HistoryRecord) => Promise<void>>> = {
      'llbLens.builds.open': (record) => this.open(record),
      'llbLens.builds.pin': (record) => this.pin(record, true),
      'llbLens.builds.unpin': (record) => this.pin(record, false),
      'llbLens.builds.export': (record) => this.exportBuild(record),
      'llbLens.builds.delete': (record) => this.delete(record),
    };
    this.registration = vscode.Disposable.from(
      vscode.commands.registerCommand('llbLens.builds.refresh', () => view.refresh()),
      ...Object.entries(reading).map(([id, read]) =>
        vscode.commands.registerCommand(id, (item?: unknown) =>
          item instanceof vscode.Uri
            ? this.run(() => read(services.bundles.buildOf(item)))
            : this.runOn(item, ({ ref }) => read({ ...chosenBuilder(), ref })),
        ),
      ),
      ...Object.entries(changing).map(([id, change]) =>
        vscode.commands.registerCommand(id, (item?: unknown) => this.runOn(item, change)),
      ),
    );
  }

  dispose(): void {
    this.registration.dispose();
    for (const panel of this.panels.values()) panel.dispose();
  }

  /** On the item of the view, or on one that is picked when the command comes from the palette. */
  private runOn(item: unknown, act: (record: HistoryRecord) => Promise<void>): Promise<void> {
    return this.run(async () => {
      const record = this.recordOf(item) ?? (await this.pick());
      if (record !== undefined) await act(record);
    });
  }

  private async run(act: () => Promise<void>): Promise<void> {
    if (!(await requireTrust())) return;
    try {
      await act();
    } catch (error) {
      await vscode.window.showErrorMessage(messageOf(error));
    }
  }

  /** The record as it is now; an item may be older. */
  private recordOf(item: unknown): HistoryRecord | undefined {
    const isItem = typeof item === 'object' && item !== null && 'ref' in item;
    return isItem && typeof item.ref === 'string' ? this.services.view.record(item.ref) : undefined;
  }

  private async pick(): Promise<HistoryRecord | undefined> {
    const picked = await vscode.window.showQuickPick(
      this.services.view.getChildren().map((record) => ({
        label: record.name,
        description: new Date(record.started).toLocaleString(vscode.env.language),
        detail: record.ref,
        record,
      })),
      { title: vscode.l10n.t('Builds') },
    );
    return picked?.record;
  }

  private async open({ ref, name }: HistoryRecord): Promise<void> {
    const known = this.panels.get(ref);
    if (known !== undefined) {
      known.reveal();
      return;
    }
    const opened = await this.opened({ ...chosenBuilder(), ref });
    const panel = vscode.window.createWebviewPanel(
      PANEL_TYPE,
      vscode.l10n.t('Build: {0}', name),
      vscode.ViewColumn.Active,
      { enableScripts: true },
    );
    const builder = builderFor(undefined) ?? vscode.l10n.t('default builder');
    this.panels.set(ref, new RecordPanel(panel, opened, builder, this.services));
    panel.onDidDispose(() => this.panels.delete(ref));
  }

  private async opened(build: AnyBuild): Promise<OpenedBuildBody> {
    return vscode.window.withProgress({ location: { viewId: 'llbLens.builds' } }, () =>
      this.services.service.request('history/open', build),
    );
  }

  /** What an opened build is asked, without a panel of its own. */
  private async withOpened<T>(
    build: AnyBuild,
    use: (opened: OpenedBuildBody) => Promise<T>,
  ): Promise<T> {
    const opened = await this.opened(build);
    try {
      return await use(opened);
    } finally {
      await this.services.service.request('history/close', { id: opened.id });
    }
  }

  private async showLog(build: AnyBuild): Promise<void> {
    const { name, context, text } = await this.withOpened(build, async ({ id, record }) => ({
      ...record,
      ...(await this.services.service.request('history/plainLog', { id })),
    }));
    const folder = context !== undefined && isAbsolute(context) ? context : undefined;
    // A document shows escape sequences as they are.
    await this.services.texts.show(`${name}.log`, stripVTControlCharacters(text), folder);
  }

  /** Goes to the place that BuildKit blames, in the file or in the record's copy of it. */
  private async showError(build: AnyBuild): Promise<void> {
    const { error, graph } = await this.withOpened(build, (opened) => Promise.resolve(opened));
    const place = error?.places[0];
    const uri = place === undefined ? undefined : graph.sources[place.source]?.uri;
    if (error === undefined || place === undefined || uri === undefined) {
      await vscode.window.showErrorMessage(
        error?.message ?? vscode.l10n.t('This build did not fail.'),
      );
      return;
    }
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
    await vscode.window.showTextDocument(document, {
      selection: document.validateRange(rangeOf(place)),
    });
    await vscode.window.showErrorMessage(error.message);
  }

  private async showAttestation(build: AnyBuild): Promise<void> {
    await this.withOpened(build, async ({ id, record, attestations }) => {
      const chosen = await pickAttestation(attestations);
      if (chosen === undefined) return;
      const { digest } = chosen;
      const { text } = await this.services.service.request('history/attestation', { id, digest });
      await this.services.texts.show(`${record.name}.json`, text);
    });
  }

  private async pin({ ref }: HistoryRecord, pinned: boolean): Promise<void> {
    await this.services.service.request('history/pin', { ...chosenBuilder(), ref, pinned });
  }

  private async exportBuild({ ref, name }: HistoryRecord): Promise<void> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
    const file = `${name.replace(/[^\w.-]+/g, '-')}.dockerbuild`;
    const uri = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.file(join(folder, file)),
      filters: { [vscode.l10n.t('Docker build record')]: ['dockerbuild'] },
    });
    if (uri === undefined) return;
    await this.services.service.request('history/export', {
      ...chosenBuilder(),
      ref,
      path: uri.fsPath,
    });
    await vscode.window.showInformationMessage(vscode.l10n.t('Exported to {0}.', uri.fsPath));
  }

  private async delete({ ref, name }: HistoryRecord): Promise<void> {
    const remove = vscode.l10n.t('Delete');
    const choice = await vscode.window.showWarningMessage(
      vscode.l10n.t('Delete the record of {0}?', name),
      { modal: true, detail: vscode.l10n.t('The image and the cache stay.') },
      remove,
    );
    if (choice !== remove) return;
    await this.services.service.request('history/delete', { ...chosenBuilder(), ref });
  }
}

function chosenBuilder(): { readonly builder?: string } {
  const builder = builderFor(undefined);
  return builder === undefined ? {} : { builder };
}

async function pickAttestation(
  attestations: readonly Attestation[],
): Promise<Attestation | undefined> {
  if (attestations.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('This build has no attestations.'));
    return undefined;
  }
  if (attestations.length === 1) return attestations[0];
  const picked = await vscode.window.showQuickPick(
    attestations.map((attestation) => ({
      label: attestation.type,
      detail: attestation.digest,
      attestation,
    })),
    { title: vscode.l10n.t('Attestations') },
  );
  return picked?.attestation;
}

/** BuildKit has a range for each line of the instruction, counted from 1. */
function rangeOf({ ranges }: BuildError['places'][number]): vscode.Range {
  const lines = ranges.flatMap(({ start, end }) => [start.line, end.line]);
  const first = Math.max(Math.min(...lines) - 1, 0);
  const last = Math.max(Math.max(...lines) - 1, 0);
  return new vscode.Range(first, 0, last, Number.MAX_SAFE_INTEGER);
}
