/**
 * What builds of the open graphs' files would do now, asked of the builder service a moment after
 * anything that matters has changed: the text, a file that is edited or saved, a build, the profile.
 */
import * as vscode from 'vscode';
import type { BuildProfile } from '../proto/messages/build-profile';
import type { PredictionTotals } from '../proto/messages/webview';
import type { NodePrediction } from '../proto/model/build-graph';
import type { BuilderService } from './builder-service';
import type { Builds } from './builds';
import { isActive } from './builds';
import type { Disposables } from './disposables';
import { parseProfile } from './engine/profile/profile';
import { SavingHintItem } from './saving-hint';
import { OutlookChangedNotification, type PlannedBuild } from './service/protocol';
import { builderFor } from './settings';

export type Prediction = {
  readonly totals: PredictionTotals;
  /** By neutral digest. */
  readonly steps: ReadonlyMap<string, NodePrediction>;
};

/** Milliseconds after a keystroke, or a file that another program writes, before a builder is asked. */
const quiet = 700;

export class Predictions implements vscode.Disposable {
  private readonly watched = new Map<string, Watched>();
  private readonly subscriptions: Disposables;
  /** The file that is being edited and is not saved. */
  private edited: string | undefined;
  private readonly hint = new SavingHintItem();

  constructor(
    private readonly service: BuilderService,
    private readonly builds: Builds,
    private readonly profileOf: (uri: vscode.Uri) => BuildProfile,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const files = vscode.workspace.createFileSystemWatcher('**/*');
    const written = ({ path }: vscode.Uri): void => {
      if (path.includes('/.git/')) return;
      for (const { uri } of this.watched.values()) this.touch(uri);
    };
    this.subscriptions = [
      // Any saved file may be one that a step reads, and so may one that another program writes.
      vscode.workspace.onDidSaveTextDocument(() => this.askForAll()),
      files,
      files.onDidCreate(written),
      files.onDidChange(written),
      files.onDidDelete(written),
      builds.onDidEnd((build) => {
        const one = this.watched.get(build.uri.toString());
        if (one === undefined) return;
        // What was foretold has come to pass, or not.
        one.prediction = undefined;
        void this.ask(one);
      }),
      service.onDidChange(() => this.askForAll()),
      service.onNotification(({ method }) => {
        if (method === OutlookChangedNotification) this.askForAll();
      }),
      vscode.workspace.onDidChangeTextDocument(() => this.followEdits()),
      vscode.workspace.onDidCloseTextDocument(() => this.followEdits()),
      vscode.window.onDidChangeActiveTextEditor(() => this.followEdits()),
      this.hint,
    ];
  }

  /** From now on the file's builds are predicted. @param changed the prediction is another one */
  watch(uri: vscode.Uri, changed: () => void): vscode.Disposable {
    const one: Watched = { uri, changed, prediction: undefined };
    this.watched.set(uri.toString(), one);
    void this.ask(one);
    return new vscode.Disposable(() => {
      clearTimeout(one.timer);
      one.asking?.cancel();
      if (this.watched.get(uri.toString()) !== one) return;
      this.watched.delete(uri.toString());
      this.hint.update([...this.watched.values()]);
    });
  }

  of(uri: vscode.Uri): Prediction | undefined {
    return this.watched.get(uri.toString())?.prediction;
  }

  /** What is built may be another thing, perhaps for a moment only: it is being typed or written. */
  touch(uri: vscode.Uri): void {
    const one = this.watched.get(uri.toString());
    if (one === undefined) return;
    clearTimeout(one.timer);
    one.timer = setTimeout(() => void this.ask(one), quiet);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const { timer } of this.watched.values()) clearTimeout(timer);
  }

  /** Another file is edited, or none any more: each keystroke in one of them changes nothing. */
  private followEdits(): void {
    const edited = editedFile(this.edited);
    if (edited === this.edited) return;
    this.edited = edited;
    this.hint.update([]);
    this.askForAll();
  }

  private askForAll(): void {
    for (const one of this.watched.values()) void this.ask(one);
  }

  private async ask(one: Watched): Promise<void> {
    clearTimeout(one.timer);
    const build = this.builds.of(one.uri);
    // While it is built, the build itself is the news.
    if (!vscode.workspace.isTrusted || (build !== undefined && isActive(build))) return;
    one.asking?.cancel();
    const asking = new vscode.CancellationTokenSource();
    one.asking = asking;
    const prediction = await this.predicted(one.uri, asking.token);
    if (asking.token.isCancellationRequested) return;
    one.prediction = prediction;
    this.hint.update([...this.watched.values()]);
    one.changed();
  }

  /** What would be built of a file as it is in the editor. @throws when it cannot be opened */
  async planned(uri: vscode.Uri): Promise<PlannedBuild> {
    const document = await vscode.workspace.openTextDocument(uri);
    const profile = this.profile(uri);
    const builder = profile.builder ?? builderFor(uri);
    return {
      ...(builder === undefined ? {} : { builder }),
      source: { path: uri.fsPath, text: document.getText() },
      profile,
    };
  }

  /** Undefined where nothing can be said: no builder, or a text that makes no build. */
  private async predicted(
    uri: vscode.Uri,
    token: vscode.CancellationToken,
  ): Promise<Prediction | undefined> {
    try {
      const { steps, totals } = await this.service.request(
        'record/predict',
        {
          ...(await this.planned(uri)),
          ...(this.edited === undefined || this.edited === uri.fsPath
            ? {}
            : { edited: this.edited }),
        },
        token,
      );
      return { totals, steps: new Map(steps.map((step) => [step.node, step.prediction])) };
    } catch (error) {
      this.log.debug(`${uri.toString()} is not predicted: ${String(error)}`);
      return undefined;
    }
  }

  /** As the file was built last, else as it would be. */
  private profile(uri: vscode.Uri): BuildProfile {
    const build = this.builds.of(uri);
    if (build !== undefined) return parseProfile(build.session.configuration);
    return { ...this.profileOf(uri), file: uri.fsPath };
  }
}

/**
 * The file in the editor at hand, if it is not saved; else the one that was told of before, as long
 * as it is not: whoever looks at the graph meanwhile still wants to know.
 */
function editedFile(before: string | undefined): string | undefined {
  const active = vscode.window.activeTextEditor?.document;
  const candidates = [
    active,
    ...vscode.workspace.textDocuments.filter(({ uri }) => uri.fsPath === before),
  ];
  return candidates.find((one) => one?.isDirty === true && one.uri.scheme === 'file')?.uri.fsPath;
}

type Watched = {
  readonly uri: vscode.Uri;
  readonly changed: () => void;
  prediction: Prediction | undefined;
  timer?: NodeJS.Timeout;
  asking?: vscode.CancellationTokenSource;
};
