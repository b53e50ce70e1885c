/**
 * The graph of one build of the history in a webview: the same page as a file's graph, fed from
 * the builder's record, and live while the build runs.
 */
import * as vscode from 'vscode';
import type { ViewContext } from '../../proto/messages/webview';
import type { BuildGraph, NodeId } from '../../proto/model/build-graph';
import { applyPatch } from '../../proto/model/graph-patch';
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
  private graph: BuildGraph;
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
    this.graph = opened.graph;
    this.seq = opened.seq;
    this.facts = opened;
    const { extensionUri, service } = services;
    panel.iconPath = {
      light: vscode.Uri.joinPath(extensionUri, 'extension', 'media', 'graph-light.svg'),
      dark: vscode.Uri.joinPath(extensionUri, 'extension', 'media', 'graph-dark.svg'),
    };
    this.page = new GraphPage(panel, {
      extensionUri,
      log: services.log,
      snapshot: () => ({ version: this.seq, graph: this.graph, context: this.context() }),
      act: (request) => this.act(request),
    });
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

  private patch({ seq, patch }: { seq: number; patch: Parameters<typeof applyPatch>[1] }): void {
    if (seq !== this.seq + 1) {
      this.services.log.warn(`Build ${this.facts.record.ref}: patch ${seq} came after ${this.seq}`);
    }
    const base = this.seq;
    this.seq = seq;
    this.graph = applyPatch(this.graph, patch);
    this.page.post({ type: 'patch', base, version: seq, patch });
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
      case 'command': {
        const { dockerfile } = this.facts.record;
        if (message.command === 'selectBuilder') {
          await vscode.commands.executeCommand('llbLens.selectBuilder');
        } else if (dockerfile !== undefined && message.command !== 'stop') {
          const command = message.command === 'debug' ? 'llbLens.debug' : 'llbLens.run';
          await vscode.commands.executeCommand(command, vscode.Uri.file(dockerfile));
        } else {
          await vscode.window.showInformationMessage(
            vscode.l10n.t('This build was started elsewhere; it can be looked at only.'),
          );
        }
        return;
      }
      case 'step':
        await vscode.window.showInformationMessage(
          vscode.l10n.t('This build was started elsewhere; it can be looked at only.'),
        );
        return;
      case 'readTimes':
        this.page.post({ type: 'times', node: message.node, runs: [] });
        return;
      case 'readLayer':
      case 'readChanges':
      case 'openFile':
      case 'openDiff':
      case 'saveFile':
        await this.refuse(message);
    }
  }

  /** What needs a build of this window, such as the files of a step. */
  private async refuse(
    message: Extract<
      PageRequest,
      { type: 'readLayer' | 'readChanges' | 'openFile' | 'openDiff' | 'saveFile' }
    >,
  ): Promise<void> {
    const text = vscode.l10n.t('The files of a step can be seen after a build in this window.');
    if (message.type === 'readLayer') {
      const { node, path } = message;
      this.page.post({ type: 'layerError', node, path, message: text });
    } else if (message.type === 'readChanges') {
      this.page.post({ type: 'changesError', node: message.node, message: text });
    } else {
      await vscode.window.showInformationMessage(text);
    }
  }

  private async readLog(id: NodeId, from: number): Promise<void> {
    const digest = nodeOf(this.graph, id)?.digest;
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
