/** *Run · Debug · Shell* above every stage of a Dockerfile. */
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import {
  TargetsRequest,
  type TargetsParams,
  type TargetsResult,
} from '../proto/messages/language-server';
import { startBuild, type StartAttributes } from './debug';

/** What a lens does, by its command. */
const lenses: readonly {
  readonly command: string;
  readonly title: () => string;
  readonly mode: 'run' | 'debug';
  readonly attributes: StartAttributes;
}[] = [
  {
    command: 'llbLens.stage.run',
    title: () => vscode.l10n.t('$(play) Run'),
    mode: 'run',
    attributes: {},
  },
  {
    command: 'llbLens.stage.debug',
    title: () => vscode.l10n.t('$(debug-alt) Debug'),
    mode: 'debug',
    attributes: { stopOnEntry: true },
  },
  {
    command: 'llbLens.stage.shell',
    title: () => vscode.l10n.t('$(terminal) Shell'),
    mode: 'debug',
    attributes: { openShell: true },
  },
];

export function registerStageLenses(client: LanguageClient): vscode.Disposable {
  const provider: vscode.CodeLensProvider = {
    provideCodeLenses: async (document) => {
      if (!client.isRunning()) return [];
      const params: TargetsParams = { uri: client.code2ProtocolConverter.asUri(document.uri) };
      const targets = await client.sendRequest<TargetsResult>(TargetsRequest, params);
      return targets.flatMap(({ name, line }) =>
        line === undefined
          ? []
          : lenses.map(({ command, title }) => {
              const range = new vscode.Range(line - 1, 0, line - 1, 0);
              const args = [document.uri, name];
              return new vscode.CodeLens(range, { command, title: title(), arguments: args });
            }),
      );
    },
  };
  return vscode.Disposable.from(
    vscode.languages.registerCodeLensProvider({ language: 'dockerfile' }, provider),
    ...lenses.map(({ command, mode, attributes }) =>
      vscode.commands.registerCommand(command, (uri: vscode.Uri, target: string) =>
        startBuild(uri, mode, { ...attributes, target }),
      ),
    ),
  );
}
