/** In the status bar: which steps of a build saving the edited file would run again, and how long. */
import * as vscode from 'vscode';
import { webviewStrings } from '../proto/messages/webview-strings';
import type { PredictionTotals } from '../proto/messages/webview';
import { pageStrings } from './page-strings';
import { savingText } from '../webview/picture/figures-line';
import { textsFrom } from '../webview/picture/texts';
import { durationText } from '../webview/picture/units';

/** A file whose builds are predicted. */
export type PredictedFile = {
  readonly uri: vscode.Uri;
  readonly prediction: { readonly totals: PredictionTotals } | undefined;
};

export class SavingHintItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'llbLens.saving',
    vscode.StatusBarAlignment.Right,
    60,
  );

  constructor() {
    this.item.name = vscode.l10n.t('What Saving Runs Again');
  }

  /** The build that it costs most is the one that is told of. */
  update(files: readonly PredictedFile[]): void {
    const [most] = files
      .flatMap(({ uri, prediction }) => {
        const saving = prediction?.totals.saving;
        return saving === undefined ? [] : [{ uri, saving }];
      })
      .sort((a, b) => (b.saving.duration ?? 0) - (a.saving.duration ?? 0));
    if (most === undefined) {
      this.item.hide();
      return;
    }
    const { uri, saving } = most;
    const texts = textsFrom(webviewStrings, pageStrings());
    const about = saving.duration === undefined ? '' : ` (${durationText(saving.duration, texts)})`;
    this.item.text = `$(history) ${savingText(saving, texts)}${about}`;
    this.item.tooltip = vscode.l10n.t(
      'A prediction for {0}. Select to see the steps in its graph.',
      vscode.workspace.asRelativePath(uri),
    );
    this.item.command = {
      command: 'llbLens.showGraph',
      title: vscode.l10n.t('Show Build Graph'),
      arguments: [uri],
    };
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}
