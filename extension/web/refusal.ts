/** What is said wherever something would need a build. */
import * as vscode from 'vscode';

export const refusal = (): string =>
  vscode.l10n.t(
    'In the browser Dockerfiles are edited, checked and drawn. Builds need VS Code on a machine, or connected to one.',
  );

export async function refuseBuild(): Promise<void> {
  await vscode.window.showInformationMessage(refusal());
}
