/** Tells the language server what the chosen builds of files give them, for hovers and hints. */
import * as vscode from 'vscode';
import { State, type BaseLanguageClient } from 'vscode-languageclient';
import {
  BuildArgumentsNotification,
  type BuildArgumentsParams,
} from '../proto/messages/language-server';
import type { Disposables } from './disposables';
import type { Profiles } from './profile';

export class ChosenArguments implements vscode.Disposable {
  /** What the running server knows; a file that it knows nothing of is given nothing. */
  private readonly told = new Map<string, string>();
  private readonly subscriptions: Disposables;

  constructor(
    private readonly client: BaseLanguageClient,
    private readonly profiles: Pick<Profiles, 'of' | 'onDidChange'>,
  ) {
    this.subscriptions = [
      profiles.onDidChange((uri) => this.tell(uri)),
      vscode.workspace.onDidOpenTextDocument(({ uri }) => this.tell(uri)),
      client.onDidChangeState(({ newState }) => {
        this.told.clear();
        if (newState !== State.Running) return;
        for (const { uri } of vscode.workspace.textDocuments) this.tell(uri);
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private tell(uri: vscode.Uri): void {
    if (!this.client.isRunning()) return;
    const { buildArgs = {} } = this.profiles.of(uri);
    const params: BuildArgumentsParams = {
      uri: this.client.code2ProtocolConverter.asUri(uri),
      buildArgs,
    };
    const text = JSON.stringify(buildArgs);
    if ((this.told.get(params.uri) ?? '{}') === text) return;
    this.told.set(params.uri, text);
    void this.client.sendNotification(BuildArgumentsNotification, params);
  }
}
