/** The language server on Node: over stdio for any editor, over Node's IPC channel for VS Code. */
import { createConnection, ProposedFeatures, type Connection } from 'vscode-languageserver/node';
import { version } from '../../package.json';
import {
  AccessNotification,
  DaemonResolveImageRequest,
  PastStepsChangedNotification,
  PastStepsRequest,
  type AccessParams,
  type DaemonResolveImageResult,
  type PastStepsChangedParams,
  type PastStepsParams,
  type PastStepsResult,
} from '../../proto/messages/language-server';
import { serveLanguages } from '../language-server';
import { nodeHost } from './node-host';
import { PastSteps } from './past-steps';

/**
 * Starts serving; the transport is read from the command line (`--stdio`, `--node-ipc`,
 * `--socket=N`, `--pipe=NAME`). The process ends when the client goes.
 */
export function startNodeServer(): void {
  const connection: Connection = createConnection(ProposedFeatures.all);
  // Only a client that says so has a builder or records behind it; any other is never asked.
  let hasDaemon = false;
  let keepsRecords = false;
  const past = new PastSteps((uri) => {
    const params: PastStepsParams = { uri };
    return keepsRecords
      ? connection.sendRequest<PastStepsResult>(PastStepsRequest, params)
      : Promise.resolve([]);
  });
  connection.onNotification(PastStepsChangedNotification, ({ uri }: PastStepsChangedParams) => {
    past.changed(uri);
  });
  const host = nodeHost(
    (params) =>
      hasDaemon
        ? connection.sendRequest<DaemonResolveImageResult>(DaemonResolveImageRequest, params)
        : Promise.resolve({ outcome: 'offline' }),
    (message) => connection.console.warn(message),
    past,
  );
  connection.onNotification(AccessNotification, (params: AccessParams) => {
    host.setAccess(() => params);
  });
  serveLanguages(connection, host, { name: 'llb-lens', version }, (options) => {
    hasDaemon = options.daemon;
    keepsRecords = options.records ?? false;
    if (hasDaemon) host.setAccess(() => ({ network: 'off', trusted: false }));
  });
}
