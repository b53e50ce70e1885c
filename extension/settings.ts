/** The extension's settings, read per file because they may differ between workspace folders. */
import * as vscode from 'vscode';

/** The configured builder: an address or a buildx name; undefined for the default choice. */
export function builderFor(uri: vscode.Uri | undefined): string | undefined {
  const builder = vscode.workspace.getConfiguration('llbLens', uri).get<string>('builder', '');
  return builder.trim() === '' ? undefined : builder.trim();
}

/** Where shells come from in images that have none: a folder before an image, when both are set. */
export function toolsFor(uri: vscode.Uri | undefined): { tools?: string; toolsFolder?: string } {
  const settings = vscode.workspace.getConfiguration('llbLens', uri);
  const tools = settings.get<string>('tools.image', '').trim();
  const toolsFolder = settings.get<string>('tools.folder', '').trim();
  return {
    ...(tools === '' ? {} : { tools }),
    ...(toolsFolder === '' ? {} : { toolsFolder }),
  };
}

/** Whether image metadata may be asked of the builder while typing. */
export function networkFor(uri: vscode.Uri | undefined): 'auto' | 'offline' {
  const network = vscode.workspace.getConfiguration('llbLens', uri).get<string>('network', 'auto');
  return network === 'offline' ? 'offline' : 'auto';
}
