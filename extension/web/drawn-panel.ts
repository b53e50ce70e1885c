/** The graph of one file in a webview where nothing can be built: it is drawn and looked at. */
import * as vscode from 'vscode';
import type { ViewContext } from '../../proto/messages/webview';
import type { Disposables } from '../disposables';
import { GraphPage, nodeOf, type PageRequest } from '../graph-page';
import type { FileGraphPanel } from '../graph-panels';
import type { StaticGraphs } from '../static-graphs';
import type { Following } from '../graph-services';
import { refusal } from './refusal';

export type DrawnPanelServices = {
  readonly extensionUri: vscode.Uri;
  readonly graphs: StaticGraphs;
  readonly log: vscode.LogOutputChannel;
};

export class DrawnPanel implements FileGraphPanel {
  private readonly page: GraphPage;
  private readonly following: Following;
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
      context: () => this.context(),
      act: (request) => this.act(request),
      catchUp: () => {
        this.following.goOn();
        this.refresh();
      },
      hidden: () => this.following.rest(),
    });
    this.following = graphs.watch(uri, () => {
      if (this.page.isLookedAt) this.refresh();
    });
    this.subscriptions = [this.page, this.following, panel.onDidDispose(() => this.dispose())];
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
    const next = this.services.graphs.of(this.uri)?.graph;
    if (next !== undefined) this.page.show(next);
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
    if (message.type !== 'readOp') return this.page.refuse(message, refusal());
    const node = nodeOf(this.page.graph, message.node);
    const { graphs } = this.services;
    this.page.answerOp(message.node, node && (await graphs.op(this.uri, node.neutralDigest)));
  }
}
