/**
 * What the build makes: every entry and the file in `dist/` it becomes.
 *
 * Node entries share their code through chunks (see `split-cjs.ts`); the extension is one file of
 * its own, so that the editor loads nothing else at activation; webview scripts are self-contained.
 */

export type Entry = {
  /** Source file, relative to the repository. */
  readonly source: string;
  /** Output without extension, relative to `dist/`. */
  readonly output: string;
};

/** Run by `node`, or by the editor's own executable as node. */
export const nodeEntries: readonly Entry[] = [
  { source: 'extension/cli/main.ts', output: 'cli' },
  { source: 'language-server/server/main.ts', output: 'language-server' },
  { source: 'extension/debug-adapter/main.ts', output: 'debug-adapter' },
  { source: 'extension/service/main.ts', output: 'service' },
  { source: 'proto/client/session/worker.ts', output: 'session-worker' },
];

/** Loaded by the extension host; `vscode` is the only module that is not in the bundle. */
export const extensionEntries: readonly Entry[] = [
  { source: 'extension/main.ts', output: 'extension' },
];

/** Loaded by the webview's page and by its worker; no module system. */
export const webviewEntries: readonly Entry[] = [
  { source: 'webview/main.ts', output: 'webview/main' },
  { source: 'webview/layout-worker.ts', output: 'webview/layout-worker' },
  { source: 'webview/style.css', output: 'webview/style' },
];

/** Loaded by the extension host that runs in a browser; `vscode` is the only module that is not in it. */
export const browserExtensionEntries: readonly Entry[] = [
  { source: 'extension/web/main.ts', output: 'web/extension' },
];

/** A web worker of the browser's extension host. */
export const browserServerEntries: readonly Entry[] = [
  { source: 'language-server/server/browser-main.ts', output: 'web/language-server' },
];

/** Copied as they are; a library whose licence wants it unmodified stays recognisable so. */
export type Copy = { readonly source: string; readonly output: string };

export const copies: readonly Copy[] = [
  { source: 'node_modules/elkjs/lib/elk-worker.min.js', output: 'webview/elk-worker.min.js' },
];

/** Outputs that are commands: they get a `#!` line and the executable bit. */
export const commands: ReadonlySet<string> = new Set(['cli.js']);
