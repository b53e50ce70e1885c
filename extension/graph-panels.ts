/** All graph panels: one for each file, restored with the window. */
import * as vscode from 'vscode';
import type { ComparedBuilds, ComparedWithNow } from './service/protocol';
import { isString, object } from '../proto/messages/validate';

const VIEW_TYPE = 'llbLens.graph';

/** What the page keeps with `setState`, as far as it matters here. */
const isPageState = object<{ uri: string }>({ uri: isString });

/** Where the files of open panels are kept, as URIs. */
const MEMORY_KEY = 'graphPanels';

/** One of them, as far as the list of them is concerned. */
export interface FileGraphPanel {
  readonly uri: vscode.Uri;
  readonly isActive: boolean;
  /** The vertex of the selected node. */
  readonly selectedDigest?: string | undefined;
  reveal(): void;
  dispose(): void;
  /** Says why the steps of the last build ran; absent where nothing is built. */
  explain?(builds?: ComparedBuilds | ComparedWithNow): Promise<void>;
}

/** What all panels need, and how one is made. */
export type PanelMaker = {
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly make: (panel: vscode.WebviewPanel, uri: vscode.Uri) => FileGraphPanel;
};

export class GraphPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly panels = new Map<string, FileGraphPanel>();

  /** The panels of the window before, not yet restored. */
  private readonly expected: Set<string>;

  /** @param memory tells after a reload which panels were open */
  constructor(
    private readonly maker: PanelMaker,
    private readonly memory: vscode.Memento,
  ) {
    this.expected = new Set(memory.get<readonly string[]>(MEMORY_KEY, []));
  }

  /** The file whose graph has the focus. */
  get activeFile(): vscode.Uri | undefined {
    return [...this.panels.values()].find((panel) => panel.isActive)?.uri;
  }

  /** The vertex of the node that is selected in the graph that has the focus. */
  get selectedDigest(): string | undefined {
    return [...this.panels.values()].find((panel) => panel.isActive)?.selectedDigest;
  }

  /**
   * Says in its graph why the steps of a file's last build ran, how two builds differ, or how what
   * is in the editor differs from a build.
   */
  async explain(uri: vscode.Uri, builds?: ComparedBuilds | ComparedWithNow): Promise<void> {
    await this.show(uri);
    await this.panels.get(uri.toString())?.explain?.(builds);
  }

  /** Shows the graph of a file beside it, or brings it to the front. */
  async show(uri: vscode.Uri): Promise<void> {
    const known = this.panels.get(uri.toString());
    if (known !== undefined) {
      known.reveal();
      return;
    }
    // The language server draws documents that are open.
    await vscode.workspace.openTextDocument(uri);
    const panel = vscode.window.createWebviewPanel(
      VIEW_TYPE,
      vscode.l10n.t('Build Graph'),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true },
    );
    this.adopt(panel, uri);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    // A page's state reaches the editor's store only now and then, and may be lost in a reload.
    const known = isPageState(state) ? state.uri : [...this.expected][0];
    if (known === undefined) {
      panel.dispose();
      return;
    }
    this.expected.delete(known);
    const uri = vscode.Uri.parse(known);
    const closed = new AbortController();
    panel.onDidDispose(() => closed.abort());
    try {
      await vscode.workspace.openTextDocument(uri);
    } catch (error) {
      this.maker.log.warn(`${uri.toString()}: ${String(error)}`);
      panel.dispose();
      return;
    }
    if (closed.signal.aborted) this.remember();
    else this.adopt(panel, uri);
  }

  register(): vscode.Disposable {
    return vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this);
  }

  dispose(): void {
    for (const panel of this.panels.values()) panel.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, uri: vscode.Uri): void {
    const media = vscode.Uri.joinPath(this.maker.extensionUri, 'extension', 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, 'graph-light.svg'),
      dark: vscode.Uri.joinPath(media, 'graph-dark.svg'),
    };
    const key = uri.toString();
    this.panels.set(key, this.maker.make(panel, uri));
    panel.onDidDispose(() => {
      this.panels.delete(key);
      this.remember();
    });
    this.remember();
  }

  private remember(): void {
    void this.memory.update(MEMORY_KEY, [...this.panels.keys(), ...this.expected]);
  }
}
