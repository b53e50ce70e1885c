/** Where the bundles lie inside the installed extension, and how a child of ours is started. */
import { join } from 'node:path';
import type * as vscode from 'vscode';

export type NodeBundle = 'language-server' | 'debug-adapter' | 'service';

/** The absolute path of a bundle that runs in a Node process. */
export function bundlePath(context: vscode.ExtensionContext, bundle: NodeBundle): string {
  return join(context.extensionPath, 'dist', `${bundle}.js`);
}

/**
 * The environment of a child started with `process.execPath`. In the desktop editor that is the
 * Electron binary, which this variable turns into plain Node; a real Node ignores it.
 */
export const nodeEnvironment = { ELECTRON_RUN_AS_NODE: '1' };
