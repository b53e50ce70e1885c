/** Workspace trust: building runs what a Dockerfile says, so an untrusted one only gets the graph. */
import * as vscode from 'vscode';

/**
 * Says whether the workspace is trusted; when it is not, tells the user what is refused and offers
 * the editor's own trust page.
 */
export async function requireTrust(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      'Building and debugging run the commands of the file. Trust this workspace to use them; diagnostics and the graph work without.',
    ),
    { modal: true },
    manage,
  );
  if (choice === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}
