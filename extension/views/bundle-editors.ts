/**
 * Files of exported build records (`*.dockerbuild`) open as the graph of their build, like a build
 * of the history; of several builds one is picked first.
 */
import * as vscode from 'vscode';
import { emptyGraph } from '../../proto/model/build-graph';
import { GraphPage } from '../graph-page';
import type { HistoryRecord } from '../engine/history/record';
import type { BundledBuild } from '../service/protocol';
import { stateName } from './builds-view';
import { RecordPanel, type RecordPanelServices } from './record-panel';
import { messageOf } from './words';

const VIEW_TYPE = 'llbLens.bundle';

export class BundleEditors implements vscode.CustomReadonlyEditorProvider, vscode.Disposable {
  /** Which build of a file is shown, by the file's URI. */
  private readonly shown = new Map<string, BundledBuild>();
  private readonly registration: vscode.Disposable;

  constructor(private readonly services: RecordPanelServices) {
    this.registration = vscode.window.registerCustomEditorProvider(VIEW_TYPE, this);
  }

  /** The build that a file's editor shows, else its first. */
  buildOf(uri: vscode.Uri): BundledBuild {
    return this.shown.get(uri.toString()) ?? { bundle: uri.fsPath };
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => this.shown.delete(uri.toString()) };
  }

  async resolveCustomEditor(
    { uri }: vscode.CustomDocument,
    panel: vscode.WebviewPanel,
  ): Promise<void> {
    const closed = new AbortController();
    panel.onDidDispose(() => closed.abort());
    try {
      await this.show(uri, panel, closed.signal);
    } catch (error) {
      if (!closed.signal.aborted) this.refuse(uri, panel, messageOf(error));
    }
  }

  dispose(): void {
    this.registration.dispose();
  }

  /** @param closed the tab may be while its build is looked for or opened */
  private async show(
    uri: vscode.Uri,
    panel: vscode.WebviewPanel,
    closed: AbortSignal,
  ): Promise<void> {
    const { service } = this.services;
    const bundle = uri.fsPath;
    const ref = await pick(await service.request('history/bundle', { bundle }));
    const build = { bundle, ...(ref !== undefined && { ref }) };
    closed.throwIfAborted();
    const opened = await service.request('history/open', build);
    if (closed.aborted) {
      await service.request('history/close', { id: opened.id });
      return;
    }
    this.shown.set(uri.toString(), build);
    new RecordPanel(panel, opened, fileName(uri), this.services);
  }

  /** An empty graph that says why. */
  private refuse(uri: vscode.Uri, panel: vscode.WebviewPanel, reason: string): void {
    const { extensionUri, log } = this.services;
    log.warn(`${uri.toString()}: ${reason}`);
    const page: GraphPage = new GraphPage(
      panel,
      {
        extensionUri,
        log,
        context: () => ({
          title: fileName(uri),
          uri: uri.toString(),
          trusted: vscode.workspace.isTrusted,
          lookOnly: true,
          builder: { state: 'connected', text: fileName(uri) },
          build: { state: 'none', text: '' },
        }),
        act: (request) => page.refuse(request, reason),
      },
      { ...emptyGraph, notes: [reason] },
    );
    panel.onDidDispose(() => page.dispose());
  }
}

/** Undefined for the first, also where nothing was chosen. */
async function pick(records: readonly HistoryRecord[]): Promise<string | undefined> {
  if (records.length < 2) return undefined;
  const picked = await vscode.window.showQuickPick(
    records.map(({ ref, name, state, started }) => ({
      label: name,
      description: `${stateName(state)} · ${new Date(started).toLocaleString(vscode.env.language)}`,
      detail: ref,
    })),
    { title: vscode.l10n.t('Builds in this file') },
  );
  return picked?.detail;
}

const fileName = ({ path }: vscode.Uri): string => path.slice(path.lastIndexOf('/') + 1);
