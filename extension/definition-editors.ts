/**
 * Files of marshalled LLB (`*.pb`, `*.llb`) open as their graph. It is the same panel as that of a
 * Dockerfile; only its graph comes from the file's bytes, which the language server reads.
 */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { State, type LanguageClient } from 'vscode-languageclient/node';
import {
  DefinitionGraphRequest,
  GraphCloseNotification,
  OpRequest,
  type DefinitionGraphParams,
  type DefinitionGraphResult,
  type GraphCloseParams,
  type OpParams,
  type OpResult,
} from '../proto/messages/language-server';
import { emptyGraph } from '../proto/model/build-graph';
import { GraphPanel } from './graph-panel';
import type { Disposables } from './disposables';
import type { FileGraphs, Following, GraphServices } from './graph-services';

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

/** One such file, read again whenever it is written. The server keeps what it holds meanwhile. */
class DefinitionFile implements FileGraphs, vscode.Disposable {
  private result: DefinitionGraphResult | undefined;
  /** Nobody looks; `missed` when the file was written since. */
  private resting = false;
  private missed = false;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: Disposables;

  constructor(
    private readonly uri: vscode.Uri,
    private readonly client: LanguageClient,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const folder = vscode.Uri.joinPath(uri, '..');
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, basename(uri.path)),
    );
    this.subscriptions = [
      watcher,
      watcher.onDidChange(() => void this.read()),
      watcher.onDidCreate(() => void this.read()),
      // A server that was started again knows nothing of it.
      client.onDidChangeState(({ newState }) => {
        if (newState === State.Running && this.result !== undefined) void this.read();
      }),
      this.changed,
    ];
    void this.read();
  }

  watch(_uri: vscode.Uri, changed: () => void): Following {
    const subscription = this.changed.event(changed);
    return {
      rest: () => {
        this.resting = true;
      },
      goOn: () => {
        this.resting = false;
        if (this.missed) void this.read();
      },
      dispose: () => {
        subscription.dispose();
      },
    };
  }

  of(): DefinitionGraphResult | undefined {
    return this.result;
  }

  async op(_uri: vscode.Uri, node: string): Promise<OpResult> {
    const params: OpParams = { uri: this.uri.toString(), node };
    return this.client.sendRequest<OpResult>(OpRequest, params);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    const params: GraphCloseParams = { uri: this.uri.toString() };
    if (this.client.isRunning()) void this.client.sendNotification(GraphCloseNotification, params);
  }

  private async data(): Promise<string> {
    return Buffer.from(await vscode.workspace.fs.readFile(this.uri)).toString('base64');
  }

  private async read(): Promise<void> {
    this.missed = this.resting;
    if (this.missed) return;
    try {
      const params: DefinitionGraphParams = { uri: this.uri.toString(), data: await this.data() };
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
