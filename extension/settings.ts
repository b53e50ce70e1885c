/** The extension's settings, read per file because they may differ between workspace folders. */
import * as vscode from 'vscode';
import { networkUses, type NetworkUse } from '../proto/messages/language-server';

/** The configured builder: an address or a buildx name; undefined for the default choice. */
export function builderFor(uri: vscode.Uri | undefined): string | undefined {
  const builder = vscode.workspace.getConfiguration('llbLens', uri).get<string>('builder', '');
  return builder.trim() === '' ? undefined : builder.trim();
}

/**
 * Where shells come from in images that have none (a folder before an image, when both are set), and
 * what evaluates installables.
 */
export function toolsFor(uri: vscode.Uri | undefined): {
  tools?: string;
  toolsFolder?: string;
  nixImage?: string;
} {
  const settings = vscode.workspace.getConfiguration('llbLens', uri);
  const tools = settings.get<string>('tools.image', '').trim();
  const toolsFolder = settings.get<string>('tools.folder', '').trim();
  const nixImage = settings.get<string>('nix.image', '').trim();
  return {
    ...(tools === '' ? {} : { tools }),
    ...(toolsFolder === '' ? {} : { toolsFolder }),
    ...(nixImage === '' ? {} : { nixImage }),
  };
}

/** What may be asked over the network while typing. */
export function networkFor(uri: vscode.Uri | undefined): NetworkUse {
  const network = vscode.workspace.getConfiguration('llbLens', uri).get<string>('network');
  return networkUses.find((use) => use === network) ?? 'named';
}

/** What is served in Dockerfiles beside other extensions. */
export function languageFeatures(): 'auto' | 'all' | 'checks' {
  const chosen = vscode.workspace.getConfiguration('llbLens').get<string>('languageFeatures');
  return chosen === 'all' || chosen === 'checks' ? chosen : 'auto';
}
