/**
 * Files of marshalled LLB (`*.pb`, `*.llb`) open as their graph. It is the same panel as that of a
 * Dockerfile; only its graph comes from the file's bytes, which the language server reads.
 */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import {
  DefinitionGraphRequest,
  OpRequest,
  type DefinitionGraphParams,
  type DefinitionGraphResult,
  type OpParams,
  type OpResult,
} from '../proto/messages/language-server';
import { emptyGraph } from '../proto/model/build-graph';
import { GraphPanel } from './graph-panel';
import type { FileGraphs, GraphServices } from './graph-services';

const VIEW_TYPE = 'llbLens.definition';

export function registerDefinitionEditors(
  client: LanguageClient,
  services: GraphServices,
): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor({ uri }, panel) {
      const graphs = new DefinitionFile(uri, client, services.log);
      new GraphPanel(panel, uri, { ...services, graphs });
      panel.onDidDispose(() => graphs.dispose());
    },
  };
  return vscode.window.registerCustomEditorProvider(VIEW_TYPE, provider);
}

/** One such file, read again whenever it is written. */
class DefinitionFile implements FileGraphs, vscode.Disposable {
  private result: DefinitionGraphResult | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly watcher: vscode.FileSystemWatcher;

  constructor(
    private readonly uri: vscode.Uri,
    private readonly client: LanguageClient,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const folder = vscode.Uri.joinPath(uri, '..');
    this.watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, basename(uri.path)),
    );
    this.watcher.onDidChange(() => void this.read());
    this.watcher.onDidCreate(() => void this.read());
    void this.read();
  }

  watch(_uri: vscode.Uri, changed: () => void): vscode.Disposable {
    return this.changed.event(changed);
  }

  of(): DefinitionGraphResult | undefined {
    return this.result;
  }

  async op(_uri: vscode.Uri, node: string): Promise<OpResult> {
    const params: OpParams = { data: await this.data(), node };
    return this.client.sendRequest<OpResult>(OpRequest, params);
  }

  dispose(): void {
    this.watcher.dispose();
    this.changed.dispose();
  }

  private async data(): Promise<string> {
    return Buffer.from(await vscode.workspace.fs.readFile(this.uri)).toString('base64');
  }

  private async read(): Promise<void> {
    try {
      const params: DefinitionGraphParams = { data: await this.data() };
      await this.client.start();
      this.result = await this.client.sendRequest<DefinitionGraphResult>(
        DefinitionGraphRequest,
        params,
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.warn(`${this.uri.toString()}: ${reason}`);
      const note = vscode.l10n.t('{0} is no LLB definition: {1}', basename(this.uri.path), reason);
      this.result = { graph: { ...emptyGraph, notes: [note] } };
    }
    this.changed.fire();
  }
}
