/**
 * The page of a graph in a webview, whatever fills it: it is told what to draw, its selection
 * follows the editor's cursor and moves it, and what else its user does goes to its owner.
 */
import * as vscode from 'vscode';
import { parseFromWebview } from '../proto/messages/validate-webview';
import {
  WEBVIEW_PROTOCOL,
  type FromWebview,
  type ToWebview,
  type ViewContext,
} from '../proto/messages/webview';
import { webviewPage } from '../proto/messages/webview-page';
import { webviewStrings } from '../proto/messages/webview-strings';
import type { BuildGraph, GraphNode, NodeId } from '../proto/model/build-graph';
import type { Disposables } from './disposables';
import { nodeAt, revealNode } from './source-selection';

/** What the page asks of its owner; the rest it sees to itself. */
export type PageRequest = Exclude<
  FromWebview,
  { readonly type: 'ready' | 'resync' | 'select' | 'copy' | 'save' }
>;

export type GraphPageOwner = {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** Everything that a page without memory has to know. */
  readonly snapshot: () => {
    readonly version: number;
    readonly graph: BuildGraph;
    readonly context: ViewContext;
  };
  readonly act: (request: PageRequest) => Promise<void>;
  /** Another node is selected. */
  readonly selected?: (node: NodeId) => void;
};

type Body<T> = T extends { readonly v: number } ? Omit<T, 'v'> : never;

export class GraphPage implements vscode.Disposable {
  private selection: NodeId | null = null;
  private readonly subscriptions: Disposables;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly owner: GraphPageOwner,
  ) {
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection((event) => this.followCursor(event)),
      panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
    ];
    const media = vscode.Uri.joinPath(owner.extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [media] };
    panel.webview.html = pageFor(panel.webview, media, panel.title);
  }

  /** The node that the user looks at. */
  get selected(): NodeId | null {
    return this.selection;
  }

  post(message: Body<ToWebview>): void {
    void this.panel.webview.postMessage({ v: WEBVIEW_PROTOCOL, ...message });
  }

  sendContext(): void {
    this.post({ type: 'context', context: this.owner.snapshot().context });
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private receive(value: unknown): void {
    const message = parseFromWebview(value);
    if (message === undefined) {
      this.owner.log.warn('The graph view sent a message that is not understood.');
      return;
    }
    this.act(message).catch((error: unknown) => {
      this.owner.log.error(error instanceof Error ? error : String(error));
    });
  }

  private async act(message: FromWebview): Promise<void> {
    switch (message.type) {
      case 'ready':
      case 'resync':
        this.post({ type: 'snapshot', ...this.owner.snapshot() });
        return;
      case 'select': {
        this.selection = message.node;
        if (message.node !== null) this.owner.selected?.(message.node);
        const { graph } = this.owner.snapshot();
        const node = nodeOf(graph, message.node);
        if (node !== undefined) await revealNode(graph, node, message.openSource);
        return;
      }
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'save':
        return this.save(message);
      case 'readLog':
      case 'readLayer':
      case 'openFile':
      case 'readChanges':
      case 'readTimes':
      case 'openDiff':
      case 'saveFile':
      case 'command':
      case 'step':
        return this.owner.act(message);
    }
  }

  /** What is drawn becomes a file where the user says. */
  private async save({ format, data }: Extract<FromWebview, { type: 'save' }>): Promise<void> {
    const { title, uri } = this.owner.snapshot().context;
    const name = `${title.slice(title.lastIndexOf('/') + 1) || 'graph'}.${format}`;
    const folder =
      vscode.workspace.workspaceFolders?.[0]?.uri ??
      vscode.Uri.joinPath(vscode.Uri.parse(uri), '..');
    const target = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.joinPath(folder, name),
      filters: { [format.toUpperCase()]: [format] },
    });
    if (target === undefined) return;
    const bytes = format === 'png' ? bytesOfBase64(data) : new TextEncoder().encode(data);
    await vscode.workspace.fs.writeFile(target, bytes);
  }

  /** The cursor went somewhere: the step that is written there is marked. */
  private followCursor({ textEditor, selections }: vscode.TextEditorSelectionChangeEvent): void {
    const position = selections[0]?.active;
    if (position === undefined || !this.panel.visible) return;
    const { graph } = this.owner.snapshot();
    const id = nodeAt(graph, textEditor.document.uri, position, this.selection);
    if (id === undefined || id === this.selection) return;
    this.selection = id;
    this.post({ type: 'select', node: id, reveal: true });
  }
}

export function nodeOf(graph: BuildGraph, id: NodeId | null): GraphNode | undefined {
  return graph.nodes.find((node) => node.id === id);
}

const bytesOfBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** @param media the folder of the page's files */
function pageFor(webview: vscode.Webview, media: vscode.Uri, title: string): string {
  const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
  return webviewPage({
    title,
    language: vscode.env.language,
    nonce: crypto.randomUUID(),
    cspSource: webview.cspSource,
    script: file('main.js'),
    style: file('style.css'),
    boot: {
      layoutWorker: file('layout-worker.js'),
      layoutEngine: file('elk-worker.min.js'),
      strings: Object.fromEntries(
        Object.entries(webviewStrings).map(([key, text]) => [key, vscode.l10n.t(text)]),
      ),
    },
  });
}
