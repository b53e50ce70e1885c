/**
 * The graph of one build of the history in a webview: the same page as a file's graph, fed from
 * the builder's record, and live while the build runs.
 */
import * as vscode from 'vscode';
import { parseFromWebview } from '../../proto/messages/validate-webview';
import {
  WEBVIEW_PROTOCOL,
  type FromWebview,
  type ToWebview,
  type ViewContext,
} from '../../proto/messages/webview';
import type { BuildGraph, GraphNode, NodeId } from '../../proto/model/build-graph';
import { applyPatch } from '../../proto/model/graph-patch';
import type { BuilderService } from '../builder-service';
import type { Disposables } from '../disposables';
import { pageFor } from '../graph-page';
import {
  HistoryEndedNotification,
  HistoryPatchNotification,
  type BuildFacts,
  type OpenedBuildBody,
} from '../service/protocol';
import { nodeAt, revealNode } from '../source-selection';
import { stateName } from './builds-view';
import { messageOf } from './words';

export type RecordPanelServices = {
  readonly extensionUri: vscode.Uri;
  readonly service: BuilderService;
  readonly log: vscode.LogOutputChannel;
};

type Body<T> = T extends { readonly v: number } ? Omit<T, 'v'> : never;

export class RecordPanel implements vscode.Disposable {
  private graph: BuildGraph;
  private seq: number;
  private facts: BuildFacts;
  private selected: NodeId | null = null;
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
    this.subscriptions = [
      service.onNotification((event) => {
        if (event.method === HistoryPatchNotification && event.params.id === opened.id) {
          this.patch(event.params);
        }
        if (event.method === HistoryEndedNotification && event.params.id === opened.id) {
          this.facts = event.params;
          this.post({ type: 'context', context: this.context() });
        }
      }),
      vscode.window.onDidChangeTextEditorSelection((event) => this.followCursor(event)),
      panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      panel.onDidDispose(() => this.dispose()),
    ];
    const media = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [media] };
    panel.webview.html = pageFor(panel.webview, media, panel.title);
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
    this.post({ type: 'patch', base, version: seq, patch });
  }

  private context(): ViewContext {
    const { record, error } = this.facts;
    return {
      title: record.name,
      uri: `llb-record:/${record.ref}`,
      trusted: vscode.workspace.isTrusted,
      builder: { state: 'connected', text: this.builderName },
      build: {
        state: record.state,
        text: error === undefined ? stateName(record.state) : error.message,
      },
    };
  }

  private post(message: Body<ToWebview>): void {
    void this.panel.webview.postMessage({ v: WEBVIEW_PROTOCOL, ...message });
  }

  private receive(value: unknown): void {
    const message = parseFromWebview(value);
    if (message === undefined) {
      this.services.log.warn('The graph view sent a message that is not understood.');
      return;
    }
    this.act(message).catch((error: unknown) => {
      this.services.log.error(error instanceof Error ? error : String(error));
    });
  }

  private async act(message: FromWebview): Promise<void> {
    switch (message.type) {
      case 'ready':
      case 'resync':
        this.post({
          type: 'snapshot',
          version: this.seq,
          graph: this.graph,
          context: this.context(),
        });
        return;
      case 'select': {
        this.selected = message.node;
        const node = this.nodeOf(message.node);
        if (node !== undefined) await revealNode(this.graph, node, message.openSource);
        return;
      }
      case 'readLog':
        return this.readLog(message.node, message.from);
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
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
      case 'readLayer':
      case 'openFile':
        await this.refuse(message);
    }
  }

  /** What needs a build of this window, such as the files of a step. */
  private async refuse(message: FromWebview): Promise<void> {
    const text = vscode.l10n.t('The files of a step can be seen after a build in this window.');
    if (message.type === 'readLayer') {
      const { node, path } = message;
      this.post({ type: 'layerError', node, path, message: text });
    } else {
      await vscode.window.showInformationMessage(text);
    }
  }

  private async readLog(id: NodeId, from: number): Promise<void> {
    const digest = this.nodeOf(id)?.digest;
    try {
      const piece =
        digest === undefined
          ? { text: '', next: from }
          : await this.services.service.request('history/log', {
              id: this.opened.id,
              digest,
              from,
            });
      this.post({ type: 'log', node: id, from, text: piece.text, next: piece.next });
    } catch (error) {
      this.post({ type: 'logError', node: id, message: messageOf(error) });
    }
  }

  private nodeOf(id: NodeId | null): GraphNode | undefined {
    return this.graph.nodes.find((node) => node.id === id);
  }

  private followCursor({ textEditor, selections }: vscode.TextEditorSelectionChangeEvent): void {
    const position = selections[0]?.active;
    if (position === undefined || !this.panel.visible) return;
    const id = nodeAt(this.graph, textEditor.document.uri, position, this.selected);
    if (id === undefined || id === this.selected) return;
    this.selected = id;
    this.post({ type: 'select', node: id, reveal: true });
  }
}
