/** Starts the language server and passes its questions about images on to the builder service. */
import * as vscode from 'vscode';
import {
  LanguageClient,
  State,
  TransportKind,
  type ServerOptions,
} from 'vscode-languageclient/node';
import {
  AccessNotification,
  DaemonResolveImageRequest,
  PastStepsChangedNotification,
  PastStepsRequest,
  type AccessParams,
  type DaemonResolveImageParams,
  type DaemonResolveImageResult,
  type PastStepsChangedParams,
  type PastStepsParams,
  type PastStepsResult,
} from '../proto/messages/language-server';
import { documentSelector } from './build-files';
import type { BuilderService } from './builder-service';
import type { Builds } from './builds';
import { bundlePath } from './bundles';
import { besideOthers } from './language-features';
import { builderFor, networkFor } from './settings';

/** The client, being started; it stops with the extension. */
export function startLanguageClient(
  context: vscode.ExtensionContext,
  service: BuilderService,
  builds: Builds,
  log: vscode.LogOutputChannel,
): LanguageClient {
  const client = new LanguageClient(
    'llbLens',
    vscode.l10n.t('LLB Lens Language Server'),
    serverOptions(bundlePath(context, 'language-server')),
    {
      documentSelector,
      outputChannel: log,
      initializationOptions: { daemon: true, records: true, editorCommands: true },
      middleware: besideOthers(),
    },
  );
  client.onRequest<DaemonResolveImageResult, unknown>(
    DaemonResolveImageRequest,
    async (params: DaemonResolveImageParams): Promise<DaemonResolveImageResult> => {
      const uri = vscode.Uri.parse(params.uri);
      if (!vscode.workspace.isTrusted || networkFor(uri) === 'off') {
        return { outcome: 'offline' };
      }
      const builder = builderFor(uri);
      return service.resolveImage({ ...params, ...(builder === undefined ? {} : { builder }) });
    },
  );
  client.onRequest(PastStepsRequest, async (params: PastStepsParams): Promise<PastStepsResult> => {
    const uri = vscode.Uri.parse(params.uri);
    if (!vscode.workspace.isTrusted || uri.scheme !== 'file') return [];
    const builder = builderFor(uri);
    return service.request('record/steps', {
      file: uri.fsPath,
      ...(builder === undefined ? {} : { builder }),
    });
  });
  const sendAccess = (): void => {
    const access: AccessParams = {
      network: networkFor(undefined),
      trusted: vscode.workspace.isTrusted,
    };
    client.sendNotification(AccessNotification, access).catch((error: unknown) => {
      log.error(error instanceof Error ? error : String(error));
    });
  };
  context.subscriptions.push(
    client,
    vscode.workspace.onDidGrantWorkspaceTrust(sendAccess),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('llbLens.network')) sendAccess();
    }),
    builds.onDidEnd(({ uri }) => {
      if (!client.isRunning()) return;
      const params: PastStepsChangedParams = { uri: client.code2ProtocolConverter.asUri(uri) };
      void client.sendNotification(PastStepsChangedNotification, params);
    }),
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) sendAccess();
    }),
  );
  client.start().catch((error: unknown) => {
    log.error(error instanceof Error ? error : String(error));
  });
  return client;
}

/**
 * The module is forked with the host's own executable. `LLB_LENS_INSPECT_SERVER` is set by the
 * launch configuration of this repository, to attach a debugger.
 */
function serverOptions(module: string): ServerOptions {
  const inspect = process.env['LLB_LENS_INSPECT_SERVER'];
  return {
    module,
    transport: TransportKind.ipc,
    options: inspect === undefined ? {} : { execArgv: [`--inspect=127.0.0.1:${inspect}`] },
  };
}
