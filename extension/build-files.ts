/** Which documents this extension is for. */
import * as vscode from 'vscode';

export type BuildLanguage = 'dockerfile' | 'nix-derivation' | 'nix-installables';

const languages: ReadonlySet<string> = new Set<BuildLanguage>([
  'dockerfile',
  'nix-derivation',
  'nix-installables',
]);

/** Says whether a document is one that can be compiled to a build graph. */
export function isBuildFile(document: Pick<vscode.TextDocument, 'languageId'>): boolean {
  return languages.has(document.languageId);
}

/** Documents that the language server serves, whatever file system they come from. */
export const documentSelector: { language: BuildLanguage }[] = [
  { language: 'dockerfile' },
  { language: 'nix-derivation' },
  { language: 'nix-installables' },
];

/** The build file that is worked on: in the active editor, or in sight while a graph has the focus. */
export function documentAtHand(): vscode.TextDocument | undefined {
  const active = vscode.window.activeTextEditor?.document;
  if (active !== undefined) return isBuildFile(active) ? active : undefined;
  return vscode.window.visibleTextEditors
    .map(({ document }) => document)
    .find((document) => isBuildFile(document));
}

/** For a command that has no file to work on. */
export async function sayOpenAFile(): Promise<void> {
  await vscode.window.showInformationMessage(
    vscode.l10n.t('Open a Dockerfile, a Bake or Compose file, or a .drv file first.'),
  );
}
