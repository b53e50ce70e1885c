/** Tells the language server what the chosen builds of files give them: arguments and a context. */
import * as vscode from 'vscode';
import { State, type BaseLanguageClient } from 'vscode-languageclient';
import {
  BuildArgumentsNotification,
  type BuildArgumentsParams,
  type ChosenBuild,
} from '../proto/messages/language-server';
import type { Disposables } from './disposables';
import type { Profiles } from './profile';

/** What the server assumes of a file that it was told nothing of. */
const nothing = JSON.stringify({ buildArgs: {} } satisfies ChosenBuild);

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
    const { buildArgs = {}, context } = this.profiles.of(uri);
    const chosen: ChosenBuild = { buildArgs, ...(context === undefined ? {} : { context }) };
    const params: BuildArgumentsParams = {
      uri: this.client.code2ProtocolConverter.asUri(uri),
      ...chosen,
    };
    const text = JSON.stringify(chosen);
    if ((this.told.get(params.uri) ?? nothing) === text) return;
    this.told.set(params.uri, text);
    void this.client.sendNotification(BuildArgumentsNotification, params);
  }
}
