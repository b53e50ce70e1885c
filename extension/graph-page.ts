/**
 * The page of a graph in a webview, whatever fills it: it keeps the graph that is shown and sends
 * what changes of it, its selection follows the editor's cursor and moves it, and what else its
 * user does goes to its owner.
 *
 * VS Code ends a page that is hidden and loads it anew when it is shown again (no panel here asks
 * for `retainContextWhenHidden`). In between nobody looks, so nothing is compared or sent; the page
 * that is back gets the whole graph as it is by then.
 */
import * as vscode from 'vscode';
import type { OpResult } from '../proto/messages/language-server';
import { parseFromWebview } from '../proto/messages/validate-webview';
import {
  WEBVIEW_PROTOCOL,
  type FromWebview,
  type ToWebview,
  type ViewContext,
} from '../proto/messages/webview';
import { webviewPage } from '../proto/messages/webview-page';
import {
  emptyGraph,
  type BuildGraph,
  type GraphNode,
  type GraphPatch,
  type NodeId,
} from '../proto/model/build-graph';
import { applyPatch, diffGraphs } from '../proto/model/graph-patch';
import type { Disposables } from './disposables';
import { openDropped } from './dropped';
import { pageStrings } from './page-strings';
import { nodeAt, revealNode } from './source-selection';

/** What the page asks of its owner; the rest it sees to itself. */
export type PageRequest = Exclude<
  FromWebview,
  { readonly type: 'ready' | 'resync' | 'select' | 'copy' | 'save' | 'drop' }
>;

export type GraphPageOwner = {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  /** Whose graph it is, and how its builds go. */
  readonly context: () => ViewContext;
  readonly act: (request: PageRequest) => Promise<void>;
  /** The page begins to look: what came while nobody did is to be shown now. */
  readonly catchUp?: () => void;
  /** The page is hidden: nobody looks until it catches up. */
  readonly hidden?: () => void;
  /** Another node is selected. */
  readonly selected?: (node: NodeId) => void;
};

type Body<T> = T extends { readonly v: number } ? Omit<T, 'v'> : never;

export class GraphPage implements vscode.Disposable {
  private selection: NodeId | null = null;
  private version = 0;
  /** The page has said that it is there, and was not hidden since. */
  private looking = false;
  /** What the page is to go to once it is there. */
  private awaited: NodeId | undefined;
  private readonly subscriptions: Disposables;

  constructor(
    private readonly panel: vscode.WebviewPanel,
    private readonly owner: GraphPageOwner,
    private shown = emptyGraph,
  ) {
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection((event) => this.followCursor(event)),
      panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      panel.onDidChangeViewState(() => {
        if (panel.visible) return;
        this.looking = false;
        owner.hidden?.();
      }),
    ];
    const media = vscode.Uri.joinPath(owner.extensionUri, 'dist', 'webview');
    panel.webview.options = { enableScripts: true, localResourceRoots: [media] };
    panel.webview.html = pageFor(panel.webview, media, panel.title);
  }

  /** The node that the user looks at. */
  get selected(): NodeId | null {
    return this.selection;
  }

  get graph(): BuildGraph {
    return this.shown;
  }

  /** Whether somebody may see what is sent; who is not looked at need not work out what to show. */
  get isLookedAt(): boolean {
    return this.looking;
  }

  /** From now on this is the graph. */
  show(next: BuildGraph): void {
    const patch = this.looking ? diffGraphs(this.shown, next) : undefined;
    this.shown = next;
    if (patch !== undefined) this.send(patch);
  }

  /** Goes to a step, as soon as the page is there. */
  goTo(node: NodeId): void {
    if (this.looking) this.post({ type: 'select', node, reveal: true });
    else this.awaited = node;
  }

  /** The graph moves on. */
  patch(patch: GraphPatch): void {
    this.shown = applyPatch(this.shown, patch);
    this.send(patch);
  }

  /** Says why a request cannot be met, where its user looks. */
  async refuse(request: PageRequest, message: string): Promise<void> {
    switch (request.type) {
      case 'readLayer': {
        const { node, path } = request;
        this.post({ type: 'layerError', node, path, message });
        return;
      }
      case 'readChanges':
        this.post({ type: 'changesError', node: request.node, message });
        return;
      case 'readOp':
        this.post({ type: 'opError', node: request.node, message });
        return;
      case 'readLog':
        this.post({ type: 'logError', node: request.node, message });
        return;
      case 'readTimes':
        this.post({ type: 'times', node: request.node, runs: [] });
        return;
      case 'openFile':
      case 'openDiff':
      case 'saveFile':
      case 'command':
      case 'step':
        await vscode.window.showInformationMessage(message);
    }
  }

  /** Answers with all of a step's op, as far as it is known. */
  answerOp(node: NodeId, { json, metadata }: OpResult = {}): void {
    const message = vscode.l10n.t('The operation of this step is not known.');
    this.post(
      json === undefined
        ? { type: 'opError', node, message }
        : { type: 'op', node, json, ...(metadata === undefined ? {} : { metadata }) },
    );
  }

  /** A page that is not there misses nothing: it asks anew for all that it shows. */
  post(message: Body<ToWebview>): void {
    if (!this.looking) return;
    void this.panel.webview.postMessage({ v: WEBVIEW_PROTOCOL, ...message });
  }

  sendContext(): void {
    if (!this.looking) return;
    this.post({ type: 'context', context: this.owner.context() });
  }

  dispose(): void {
    this.looking = false;
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private send(patch: GraphPatch): void {
    if (!this.looking) return;
    const base = this.version++;
    this.post({ type: 'patch', base, version: this.version, patch });
  }

  private sendAll(): void {
    // What is worked out now goes with the snapshot, and not beside it.
    this.looking = false;
    this.owner.catchUp?.();
    this.looking = true;
    const { version, shown: graph, awaited } = this;
    this.post({ type: 'snapshot', version, graph, context: this.owner.context() });
    this.awaited = undefined;
    if (awaited !== undefined) this.goTo(awaited);
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
        this.sendAll();
        return;
      case 'select': {
        this.selection = message.node;
        if (message.node !== null) this.owner.selected?.(message.node);
        const node = nodeOf(this.shown, message.node);
        if (node !== undefined) await revealNode(this.shown, node, message.openSource);
        return;
      }
      case 'drop':
        return openDropped(message.uris);
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
      case 'readOp':
      case 'openDiff':
      case 'saveFile':
      case 'command':
      case 'step':
        return this.owner.act(message);
    }
  }

  /** What is drawn becomes a file where the user says. */
  private async save({ format, data }: Extract<FromWebview, { type: 'save' }>): Promise<void> {
    const { title, uri } = this.owner.context();
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
    if (position === undefined || !this.looking) return;
    const id = nodeAt(this.shown, textEditor.document.uri, position, this.selection);
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
      strings: pageStrings(),
    },
  });
}
