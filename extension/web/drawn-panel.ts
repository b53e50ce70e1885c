/** The graph of one file in a webview where nothing can be built: it is drawn and looked at. */
import * as vscode from 'vscode';
import type { ViewContext } from '../../proto/messages/webview';
import { emptyGraph, type BuildGraph } from '../../proto/model/build-graph';
import { diffGraphs } from '../../proto/model/graph-patch';
import type { Disposables } from '../disposables';
import { GraphPage, type PageRequest } from '../graph-page';
import type { FileGraphPanel } from '../graph-panels';
import type { StaticGraphs } from '../static-graphs';
import { refuseBuild } from './refusal';

export type DrawnPanelServices = {
  readonly extensionUri: vscode.Uri;
  readonly graphs: StaticGraphs;
  readonly log: vscode.LogOutputChannel;
};

export class DrawnPanel implements FileGraphPanel {
  private shown: BuildGraph = emptyGraph;
  private version = 0;
  private readonly page: GraphPage;
  private readonly subscriptions: Disposables;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    readonly uri: vscode.Uri,
    private readonly services: DrawnPanelServices,
  ) {
    const { extensionUri, graphs, log } = services;
    panel.title = vscode.l10n.t('Graph: {0}', uri.path.slice(uri.path.lastIndexOf('/') + 1));
    this.page = new GraphPage(panel, {
      extensionUri,
      log,
      snapshot: () => ({ version: this.version, graph: this.shown, context: this.context() }),
      act: (request) => this.act(request),
    });
    this.subscriptions = [
      this.page,
      graphs.watch(uri, () => this.refresh()),
      panel.onDidDispose(() => this.dispose()),
    ];
    this.refresh();
  }

  get isActive(): boolean {
    return this.panel.active;
  }

  reveal(): void {
    this.panel.reveal(undefined, true);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private refresh(): void {
    const next = this.services.graphs.of(this.uri)?.graph ?? this.shown;
    const patch = diffGraphs(this.shown, next);
    this.shown = next;
    if (patch === undefined) return;
    const base = this.version++;
    this.page.post({ type: 'patch', base, version: this.version, patch });
  }

  private context(): ViewContext {
    return {
      title: vscode.workspace.asRelativePath(this.uri),
      uri: this.uri.toString(),
      trusted: vscode.workspace.isTrusted,
      lookOnly: true,
      builder: { state: 'unknown', text: vscode.l10n.t('No builds in the browser') },
      build: { state: 'none', text: '' },
    };
  }

  private async act(message: PageRequest): Promise<void> {
    switch (message.type) {
      case 'readTimes':
        this.page.post({ type: 'times', node: message.node, runs: [] });
        return;
      case 'readLog': {
        const { node, from } = message;
        this.page.post({ type: 'log', node, from, text: '', next: from });
        return;
      }
      case 'readLayer':
      case 'readChanges':
      case 'openFile':
      case 'openDiff':
      case 'saveFile':
      case 'step':
      case 'command':
        await refuseBuild();
    }
  }
}
