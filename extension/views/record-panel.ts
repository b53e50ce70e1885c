/**
 * The graph of one build of the history in a webview: the same page as a file's graph, fed from
 * the builder's record, and live while the build runs.
 */
import * as vscode from 'vscode';
import type { ViewContext } from '../../proto/messages/webview';
import type { GraphPatch, NodeId } from '../../proto/model/build-graph';
import type { BuilderService } from '../builder-service';
import type { Disposables } from '../disposables';
import { GraphPage, nodeOf, type PageRequest } from '../graph-page';
import {
  HistoryEndedNotification,
  HistoryPatchNotification,
  type BuildFacts,
  type OpenedBuildBody,
} from '../service/protocol';
import { stateName } from './builds-view';
import { messageOf } from './words';

export type RecordPanelServices = {
  readonly extensionUri: vscode.Uri;
  readonly service: BuilderService;
  readonly log: vscode.LogOutputChannel;
};

export class RecordPanel implements vscode.Disposable {
  private seq: number;
  private facts: BuildFacts;
  private readonly page: GraphPage;
  private readonly subscriptions: Disposables;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly opened: OpenedBuildBody,
    private readonly builderName: string,
    private readonly services: RecordPanelServices,
  ) {
    this.seq = opened.seq;
    this.facts = opened;
    const { extensionUri, service } = services;
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'extension', 'media', 'graph-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'extension', 'media', 'graph-dark.svg'),
    };
    const owner = {
      extensionUri,
      log: services.log,
      context: () => this.context(),
      act: (request: PageRequest) => this.act(request),
    };
    this.page = new GraphPage(panel, owner, opened.graph);
    this.subscriptions = [
      this.page,
      service.onNotification((event) => {
        if (event.method === HistoryPatchNotification && event.params.id === opened.id) {
          this.patch(event.params);
        }
        if (event.method === HistoryEndedNotification && event.params.id === opened.id) {
          this.facts = event.params;
          this.page.sendContext();
        }
      }),
      panel.onDidDispose(() => this.dispose()),
    ];
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    // The service may be gone already, and with it what is to be closed.
    this.services.service.request('history/close', { id: this.opened.id }).catch(() => undefined);
  }

  private patch({ seq, patch }: { seq: number; patch: GraphPatch }): void {
    if (seq !== this.seq + 1) {
      this.services.log.warn(`Build ${this.facts.record.ref}: patch ${seq} came after ${this.seq}`);
    }
    this.seq = seq;
    this.page.patch(patch);
  }

  private context(): ViewContext {
    const { record, error } = this.facts;
    return {
      title: record.name,
      uri: `llb-record:/${record.ref}`,
      trusted: vscode.workspace.isTrusted,
      lookOnly: true,
      builder: { state: 'connected', text: this.builderName },
      build: {
        state: record.state,
        text: error === undefined ? stateName(record.state) : error.message,
      },
    };
  }

  private async act(message: PageRequest): Promise<void> {
    switch (message.type) {
      case 'readLog':
        return this.readLog(message.node, message.from);
      case 'readOp':
        return this.readOp(message.node);
      case 'command': {
        const { dockerfile } = this.facts.record;
        if (message.command === 'selectBuilder') {
          await vscode.commands.executeCommand('llbLens.selectBuilder');
        } else if (dockerfile !== undefined && message.command !== 'stop') {
          const command = message.command === 'debug' ? 'llbLens.debug' : 'llbLens.run';
          await vscode.commands.executeCommand(command, vscode.Uri.file(dockerfile));
        } else await this.page.refuse(message, notOurs());
        return;
      }
      case 'step':
        return this.page.refuse(message, notOurs());
      case 'readTimes':
      case 'readLayer':
      case 'readChanges':
      case 'openFile':
      case 'openDiff':
      case 'saveFile':
        await this.page.refuse(
          message,
          vscode.l10n.t('The files of a step can be seen after a build in this window.'),
        );
    }
  }

  private async readOp(id: NodeId): Promise<void> {
    const digest = nodeOf(this.page.graph, id)?.digest;
    const { service } = this.services;
    const found =
      digest === undefined
        ? {}
        : await service.request('history/op', { id: this.opened.id, digest });
    this.page.answerOp(id, found);
  }

  private async readLog(id: NodeId, from: number): Promise<void> {
    const digest = nodeOf(this.page.graph, id)?.digest;
    try {
      const piece =
        digest === undefined
          ? { text: '', next: from }
          : await this.services.service.request('history/log', {
              id: this.opened.id,
              digest,
              from,
            });
      this.page.post({ type: 'log', node: id, from, text: piece.text, next: piece.next });
    } catch (error) {
      this.page.post({ type: 'logError', node: id, message: messageOf(error) });
    }
  }
}

const notOurs = (): string =>
  vscode.l10n.t('This build was started elsewhere; it can be looked at only.');
