/** The language server on Node: over stdio for any editor, over Node's IPC channel for VS Code. */
import { createConnection, ProposedFeatures, type Connection } from 'vscode-languageserver/node';
import { version } from '../../package.json';
import {
  AccessNotification,
  DaemonResolveImageRequest,
  type AccessParams,
  type DaemonResolveImageResult,
} from '../../proto/messages/language-server';
import { serveLanguages } from '../language-server';
import { nodeHost } from './node-host';

/**
 * Starts serving; the transport is read from the command line (`--stdio`, `--node-ipc`,
 * `--socket=N`, `--pipe=NAME`). The process ends when the client goes.
 */
export function startNodeServer(): void {
  const connection: Connection = createConnection(ProposedFeatures.all);
  // Only a client that says so has a builder behind it; any other is never asked.
  let hasDaemon = false;
  const host = nodeHost(
    (params) =>
      hasDaemon
        ? connection.sendRequest<DaemonResolveImageResult>(DaemonResolveImageRequest, params)
        : Promise.resolve({ outcome: 'offline' }),
    (message) => connection.console.warn(message),
  );
  connection.onNotification(AccessNotification, (params: AccessParams) => {
    host.setAccess(() => params);
  });
  serveLanguages(connection, host, { name: 'llb-lens', version }, (options) => {
    hasDaemon = options.daemon;
    if (hasDaemon) host.setAccess(() => ({ network: 'off', trusted: false }));
  });
}
