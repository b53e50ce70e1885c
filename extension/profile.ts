/** How each file is built: the user's choices, kept per file in the workspace, shown in the status bar. */
import * as vscode from 'vscode';
import type { BaseLanguageClient } from 'vscode-languageclient';
import type { BuildProfile } from '../proto/messages/build-profile';
import {
  TargetsRequest,
  type TargetsParams,
  type TargetsResult,
} from '../proto/messages/language-server';
import { documentAtHand } from './build-files';
import type { Disposables } from './disposables';

/** The part of a profile that is chosen in the editor. */
export type ChosenProfile = Pick<BuildProfile, 'context' | 'target' | 'buildArgs'>;

export class Profiles implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'llbLens.target',
    vscode.StatusBarAlignment.Right,
    91,
  );
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions: Disposables;

  /** The profile of this file is another one now. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: vscode.Memento) {
    this.item.name = vscode.l10n.t('Build Target');
    this.item.command = 'llbLens.selectTarget';
    this.subscriptions = [
      this.item,
      this.changed,
      this.changed.event(() => this.show()),
      vscode.window.onDidChangeActiveTextEditor(() => this.show()),
    ];
    this.show();
  }

  of(uri: vscode.Uri): ChosenProfile {
    return this.memory.get<ChosenProfile>(key(uri), {});
  }

  async choose(uri: vscode.Uri, profile: ChosenProfile): Promise<void> {
    await this.memory.update(key(uri), profile);
    this.changed.fire(uri);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private show(): void {
    const document = documentAtHand();
    if (document?.languageId !== 'dockerfile') {
      this.item.hide();
      return;
    }
    const target = this.of(document.uri).target;
    this.item.text = `$(target) ${target ?? vscode.l10n.t('last stage')}`;
    this.item.tooltip = vscode.l10n.t(
      'The stage that is built and drawn. Click to choose another.',
    );
    this.item.show();
  }
}

/** Lets the user choose the stage of the file in the active editor. */
export async function selectTarget(profiles: Profiles, client: BaseLanguageClient): Promise<void> {
  const document = documentAtHand();
  if (document === undefined) return;
  const params: TargetsParams = { uri: client.code2ProtocolConverter.asUri(document.uri) };
  const targets = await client.sendRequest<TargetsResult>(TargetsRequest, params);
  const { target: chosen, ...rest } = profiles.of(document.uri);
  const picked = await vscode.window.showQuickPick(
    targets.map((target) => ({
      label: target.name,
      description: target.description,
      detail: target.isDefault ? vscode.l10n.t('built when no target is chosen') : '',
      picked: target.isDefault ? chosen === undefined : target.name === chosen,
      target,
    })),
    { title: vscode.l10n.t('Build target'), matchOnDescription: true },
  );
  if (picked === undefined) return;
  await profiles.choose(
    document.uri,
    picked.target.isDefault ? rest : { ...rest, target: picked.target.name },
  );
}

const key = (uri: vscode.Uri): string => `profile:${uri.toString()}`;
