/** What can be done to a build of the history: open, read, keep, export, delete. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import * as vscode from 'vscode';
import type { HistoryRecord } from '../engine/history/record';
import type { BuildError, Attestation } from '../engine/history/opened-build';
import type { OpenedBuildBody } from '../service/protocol';
import { builderFor } from '../settings';
import { requireTrust } from '../trust';
import type { BuildsView } from './builds-view';
import { RecordPanel, type RecordPanelServices } from './record-panel';
import type { RecordTexts } from './record-texts';
import { messageOf } from './words';

export type BuildCommandServices = RecordPanelServices & {
  readonly view: BuildsView;
  readonly texts: RecordTexts;
};

const PANEL_TYPE = 'llbLens.record';

export class BuildCommands implements vscode.Disposable {
  private readonly panels = new Map<string, RecordPanel>();
  private readonly registration: vscode.Disposable;

  constructor(private readonly services: BuildCommandServices) {
    const { view } = services;
    const table: Readonly<Record<string, (record: HistoryRecord) => Promise<void>>> = {
      'llbLens.builds.open': (record) => this.open(record),
      'llbLens.builds.showLog': (record) => this.showLog(record),
      'llbLens.builds.showError': (record) => this.showError(record),
      'llbLens.builds.showAttestation': (record) => this.showAttestation(record),
      'llbLens.builds.pin': (record) => this.pin(record, true),
      'llbLens.builds.unpin': (record) => this.pin(record, false),
      'llbLens.builds.export': (record) => this.exportBuild(record),
      'llbLens.builds.delete': (record) => this.delete(record),
    };
    this.registration = vscode.Disposable.from(
      vscode.commands.registerCommand('llbLens.builds.refresh', () => view.refresh()),
      ...Object.entries(table).map(([id, run]) =>
        vscode.commands.registerCommand(id, (item?: unknown) => this.run(item, run)),
      ),
    );
  }

  dispose(): void {
    this.registration.dispose();
    for (const panel of this.panels.values()) panel.dispose();
  }

  /** On the item of the view, or on one that is picked when the command comes from the palette. */
  private async run(item: unknown, act: (record: HistoryRecord) => Promise<void>): Promise<void> {
    if (!(await requireTrust())) return;
    try {
      const record = this.recordOf(item) ?? (await this.pick());
      if (record !== undefined) await act(record);
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
    const opened = await this.opened(ref);
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

  private async opened(ref: string): Promise<OpenedBuildBody> {
    return vscode.window.withProgress({ location: { viewId: 'llbLens.builds' } }, () =>
      this.services.service.request('history/open', { ...chosenBuilder(), ref }),
    );
  }

  /** What an opened build is asked, without a panel of its own. */
  private async withOpened<T>(
    ref: string,
    use: (opened: OpenedBuildBody) => Promise<T>,
  ): Promise<T> {
    const opened = await this.opened(ref);
    try {
      return await use(opened);
    } finally {
      await this.services.service.request('history/close', { id: opened.id });
    }
  }

  private async showLog({ ref, name, context }: HistoryRecord): Promise<void> {
    const { text } = await this.withOpened(ref, ({ id }) =>
      this.services.service.request('history/plainLog', { id }),
    );
    const folder = context !== undefined && isAbsolute(context) ? context : undefined;
    // A document shows escape sequences as they are.
    await this.services.texts.show(`${name}.log`, stripVTControlCharacters(text), folder);
  }

  /** Goes to the place that BuildKit blames, in the file or in the record's copy of it. */
  private async showError({ ref }: HistoryRecord): Promise<void> {
    const { error, graph } = await this.withOpened(ref, (opened) => Promise.resolve(opened));
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

  private async showAttestation({ ref, name }: HistoryRecord): Promise<void> {
    const { attestations } = await this.withOpened(ref, (opened) => Promise.resolve(opened));
    const chosen = await pickAttestation(attestations);
    if (chosen === undefined) return;
    const { text } = await this.services.service.request('history/attestation', {
      ...chosenBuilder(),
      digest: chosen.digest,
    });
    await this.services.texts.show(`${name}.json`, text);
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
