/**
 * Derivations for people: a `.drv` file is one long line, so a lens and a command open it as YAML in
 * which scripts have their lines, store paths lead on, and the editor folds.
 */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import {
  ReadableRequest,
  type ReadableParams,
  type ReadableResult,
} from '../proto/messages/language-server';
import { startBuild } from './debug';

const SCHEME = 'llb-lens-derivation';
const LANGUAGE = 'nix-derivation';
const SHOW = 'llbLens.showDerivation';
const DERIVATION = /\/[^\s"']*\/[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9A-Za-z+\-._?=]+\.drv/g;

export function registerDerivationTexts(client: LanguageClient): vscode.Disposable {
  const texts: vscode.TextDocumentContentProvider = {
    provideTextDocumentContent: async (uri) => {
      const file = vscode.Uri.file(uri.path.replace(/\.yaml$/, ''));
      // The server knows open documents only.
      const document = await vscode.workspace.openTextDocument(file);
      await client.start();
      const params: ReadableParams = { uri: client.code2ProtocolConverter.asUri(document.uri) };
      const { text } = await client.sendRequest<ReadableResult>(ReadableRequest, params);
      return text ?? vscode.l10n.t('{0} is no derivation that can be read.', basename(file.path));
    },
  };
  const links: vscode.DocumentLinkProvider = {
    provideDocumentLinks: (document) =>
      [...document.getText().matchAll(DERIVATION)].map((match) => {
        const [path] = match;
        const start = document.positionAt(match.index);
        const range = new vscode.Range(start, document.positionAt(match.index + path.length));
        const beside = vscode.Uri.joinPath(document.uri, '..', `${basename(path)}.yaml`);
        return new vscode.DocumentLink(range, beside);
      }),
  };
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, texts),
    vscode.languages.registerDocumentLinkProvider({ scheme: SCHEME }, links),
    vscode.languages.registerCodeLensProvider({ language: LANGUAGE }, lenses),
    vscode.commands.registerCommand(SHOW, show),
    vscode.commands.registerCommand('llbLens.derivation.run', (uri: vscode.Uri) =>
      startBuild(uri, 'run'),
    ),
    vscode.commands.registerCommand('llbLens.derivation.debug', (uri: vscode.Uri) =>
      startBuild(uri, 'debug', { stopOnEntry: true }),
    ),
  );
}

/** What can be done with a derivation, above it. */
const lenses: vscode.CodeLensProvider = {
  provideCodeLenses: ({ uri }) => {
    const range = new vscode.Range(0, 0, 0, 0);
    const commands: readonly vscode.Command[] = [
      { command: SHOW, title: vscode.l10n.t('$(list-tree) Read') },
      { command: 'llbLens.showGraph', title: vscode.l10n.t('$(type-hierarchy) Graph') },
      { command: 'llbLens.derivation.run', title: vscode.l10n.t('$(play) Run') },
      { command: 'llbLens.derivation.debug', title: vscode.l10n.t('$(debug-alt) Debug') },
    ];
    return commands.map((each) => new vscode.CodeLens(range, { ...each, arguments: [uri] }));
  },
};

/** Opens a derivation as text: the file named, or that of the active editor. */
async function show(named: unknown): Promise<void> {
  const active = vscode.window.activeTextEditor?.document;
  const own = active?.languageId === LANGUAGE ? active.uri : undefined;
  const file = named instanceof vscode.Uri ? named : own;
  if (file === undefined) {
    await vscode.window.showInformationMessage(vscode.l10n.t('Open a .drv file first.'));
    return;
  }
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `${file.path}.yaml` });
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.languages.setTextDocumentLanguage(document, 'yaml');
  await vscode.window.showTextDocument(document, { preview: true });
}
