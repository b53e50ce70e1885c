/** The status bar's word on the builder: whether there is one, which, and what to do if not. */
import * as vscode from 'vscode';
import { documentAtHand } from './build-files';
import type { BuilderService } from './builder-service';
import type { BuilderState } from './service/protocol';
import { builderFor } from './settings';
import type { Disposables } from './disposables';

export type BuilderView = {
  readonly state: 'unknown' | 'connected' | 'unavailable';
  readonly text: string;
  readonly remedy?: string;
  /** Where it is not the default: how the builder looks images up, which is a part of the ops. */
  readonly imageResolveMode?: 'local';
};

/** Knows the state of the builder of the file that is looked at. */
export class BuildersStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'llbLens.builder',
    vscode.StatusBarAlignment.Right,
    90,
  );
  private readonly languageItem = vscode.languages.createLanguageStatusItem('llbLens.builder', [
    { language: 'dockerfile' },
    { language: 'nix-derivation' },
    { language: 'nix-installables' },
  ]);
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly states = new Map<string, BuilderView>();
  private readonly subscriptions: Disposables;

  readonly onDidChange = this.changed.event;

  constructor(
    private readonly service: BuilderService,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.item.name = vscode.l10n.t('BuildKit Builder');
    this.item.command = 'llbLens.selectBuilder';
    this.languageItem.name = vscode.l10n.t('BuildKit Builder');
    this.languageItem.command = {
      command: 'llbLens.selectBuilder',
      title: vscode.l10n.t('Select Builder'),
    };
    const forget = () => {
      this.states.clear();
      this.refresh();
    };
    this.subscriptions = [
      this.item,
      this.languageItem,
      this.changed,
      service.onDidChange(forget),
      vscode.window.onDidChangeActiveTextEditor(() => this.refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(forget),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('llbLens.builder')) forget();
      }),
    ];
    this.refresh();
  }

  /** What is known about the builder of a file; asks when nothing is. */
  stateOf(uri: vscode.Uri): BuilderView {
    if (!vscode.workspace.isTrusted) {
      return { state: 'unavailable', text: vscode.l10n.t('Workspace not trusted') };
    }
    const builder = builderFor(uri);
    const known = this.states.get(builder ?? '');
    if (known !== undefined) return known;
    const asking: BuilderView = { state: 'unknown', text: vscode.l10n.t('Looking for BuildKit…') };
    this.states.set(builder ?? '', asking);
    void this.ask(builder);
    return asking;
  }

  /** Asks the builder again, for instance after the user has started one. */
  recheck(): void {
    this.states.clear();
    this.refresh();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async ask(builder: string | undefined): Promise<void> {
    let view: BuilderView;
    try {
      const state = await this.service.request(
        'builder/state',
        builder === undefined ? {} : { builder },
      );
      view = describe(state);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.warn(`builder/state: ${reason}`);
      view = { state: 'unavailable', text: vscode.l10n.t('No BuildKit'), remedy: reason };
    }
    this.states.set(builder ?? '', view);
    this.refresh();
  }

  private refresh(): void {
    this.changed.fire();
    const document = documentAtHand();
    if (document === undefined) {
      this.item.hide();
      return;
    }
    const view = this.stateOf(document.uri);
    const icons = { unknown: '$(sync)', connected: '$(vm-active)', unavailable: '$(vm-outline)' };
    this.item.text = `${icons[view.state]} ${view.text}`;
    this.item.tooltip = view.remedy ?? view.text;
    this.item.accessibilityInformation = { label: vscode.l10n.t('BuildKit: {0}', view.text) };
    this.languageItem.text = view.text;
    this.languageItem.detail = view.remedy ?? '';
    this.languageItem.severity =
      view.state === 'unavailable'
        ? vscode.LanguageStatusSeverity.Warning
        : vscode.LanguageStatusSeverity.Information;
    this.languageItem.busy = view.state === 'unknown';
    this.item.show();
  }
}

function describe(state: BuilderState): BuilderView {
  if (state.state === 'connected') {
    const version = state.version === undefined ? '' : ` ${state.version}`;
    return {
      state: 'connected',
      text: `BuildKit${version} (${state.name})`,
      remedy: state.address,
      ...(state.imageResolveMode === 'local' && { imageResolveMode: state.imageResolveMode }),
    };
  }
  return {
    state: 'unavailable',
    text: vscode.l10n.t('No BuildKit'),
    remedy: `${state.reason}\n${state.remedy}`,
  };
}
