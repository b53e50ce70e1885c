/** *Graph · Run · Debug* above every target of a Bake file and every service that Compose builds. */
import * as vscode from 'vscode';
import { compositionPatterns } from '../language-server/composition/patterns';
import type { ComposedBuild } from '../proto/messages/language-server';
import { composedActions, type ComposedAction, type ComposedBuilds } from './composed-builds';

const commandOf = (action: ComposedAction): string => `llbLens.composed.${action}`;

export function registerCompositionLenses(composed: ComposedBuilds): vscode.Disposable {
  const titles: Readonly<Record<ComposedAction, string>> = {
    graph: vscode.l10n.t('$(type-hierarchy) Graph'),
    run: vscode.l10n.t('$(play) Run'),
    debug: vscode.l10n.t('$(debug-alt) Debug'),
  };
  const provider: vscode.CodeLensProvider = {
    provideCodeLenses: async (document) =>
      (await composed.of(document.uri)).flatMap((build) =>
        composedActions.map((action) => {
          const range = new vscode.Range(build.line - 1, 0, build.line - 1, 0);
          const command = commandOf(action);
          return new vscode.CodeLens(range, { command, title: titles[action], arguments: [build] });
        }),
      ),
  };
  const selector = compositionPatterns.map((pattern) => ({ pattern }));
  return vscode.Disposable.from(
    vscode.languages.registerCodeLensProvider(selector, provider),
    ...composedActions.map((action) =>
      vscode.commands.registerCommand(commandOf(action), (build: ComposedBuild) =>
        composed.act(action, build),
      ),
    ),
  );
}
