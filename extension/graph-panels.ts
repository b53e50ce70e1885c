/** All graph panels: one for each file, restored with the window. */
import * as vscode from 'vscode';
import { isString, object } from '../proto/messages/validate';
import { GraphPanel, type GraphServices } from './graph-panel';

const VIEW_TYPE = 'llbLens.graph';

/** What the page keeps with `setState`, as far as it matters here. */
const isPageState = object<{ uri: string }>({ uri: isString });

export class GraphPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly panels = new Map<string, GraphPanel>();

  constructor(private readonly services: GraphServices) {}

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
    if (!isPageState(state)) {
      panel.dispose();
      return;
    }
    const uri = vscode.Uri.parse(state.uri);
    try {
      await vscode.workspace.openTextDocument(uri);
    } catch (error) {
      this.services.log.warn(`${uri.toString()}: ${String(error)}`);
      panel.dispose();
      return;
    }
    this.adopt(panel, uri);
  }

  register(): vscode.Disposable {
    return vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this);
  }

  dispose(): void {
    for (const panel of this.panels.values()) panel.dispose();
  }

  private adopt(panel: vscode.WebviewPanel, uri: vscode.Uri): void {
    const media = vscode.Uri.joinPath(this.services.extensionUri, 'extension', 'media');
    panel.iconPath = {
      light: vscode.Uri.joinPath(media, 'graph-light.svg'),
      dark: vscode.Uri.joinPath(media, 'graph-dark.svg'),
    };
    const key = uri.toString();
    this.panels.set(key, new GraphPanel(panel, uri, this.services));
    panel.onDidDispose(() => this.panels.delete(key));
  }
}
