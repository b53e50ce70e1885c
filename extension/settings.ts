/** The extension's settings, read per file because they may differ between workspace folders. */
import * as vscode from 'vscode';

/** The configured builder: an address or a buildx name; undefined for the default choice. */
export function builderFor(uri: vscode.Uri | undefined): string | undefined {
  const builder = vscode.workspace.getConfiguration('llbLens', uri).get<string>('builder', '');
  return builder.trim() === '' ? undefined : builder.trim();
}

/** Whether image metadata may be asked of the builder while typing. */
export function networkFor(uri: vscode.Uri | undefined): 'auto' | 'offline' {
  const network = vscode.workspace.getConfiguration('llbLens', uri).get<string>('network', 'auto');
  return network === 'offline' ? 'offline' : 'auto';
}
