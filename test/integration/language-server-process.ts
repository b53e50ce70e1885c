/** The language server as users run it, bundled and in a process of its own, and a client to it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import {
  CodeActionRequest,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type CodeAction,
  type Diagnostic,
  type InitializeResult,
  type ProtocolConnection,
  type Range,
  type TextEdit,
} from 'vscode-languageserver/node';
import { GraphRequest, type GraphResult } from '../../proto/messages/language-server';

const root = resolve(__dirname, '../..');

export type ServerBundle = { readonly script: string; remove(): Promise<void> };

export async function bundleLanguageServer(): Promise<ServerBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-lsp-'));
  const script = join(folder, 'language-server.js');
  await build({
    absWorkingDir: root,
    entryPoints: ['language-server/server/main.ts'],
    outfile: script,
    bundle: true,
    minify: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    target: 'node20',
    logLevel: 'error',
  });
  return { script, remove: () => rm(folder, { recursive: true, force: true }) };
}

export type LanguageServerProcess = {
  readonly connection: ProtocolConnection;
  readonly initialized: InitializeResult;
  open(uri: string, text: string, languageId?: string): Promise<void>;
  /** Replaces the whole text. */
  change(uri: string, version: number, text: string): Promise<void>;
  /** What is published for a version. */
  diagnostics(uri: string, version: number): Promise<readonly Diagnostic[]>;
  /** The first that are published from now on, or were published last, and are as wanted. */
  diagnosticsOnce(
    uri: string,
    wanted: (diagnostics: readonly Diagnostic[]) => boolean,
  ): Promise<readonly Diagnostic[]>;
  actions(
    uri: string,
    range: Range,
    diagnostics: readonly Diagnostic[],
    only: readonly string[],
  ): Promise<readonly CodeAction[]>;
  graph(uri: string): Promise<GraphResult['graph']>;
  stop(): Promise<void>;
};

/** What a server is started with. */
export type ServerStart = {
  readonly capabilities?: ClientCapabilities;
  /** Default: no network and no ShellCheck. */
  readonly initializationOptions?: object;
  /** What is added to the environment. */
  readonly env?: NodeJS.ProcessEnv;
};

export async function startLanguageServer(
  { script }: ServerBundle,
  {
    capabilities = {},
    initializationOptions = { network: 'off', shellcheck: { enabled: false } },
    env = {},
  }: ServerStart = {},
): Promise<LanguageServerProcess> {
  const cache = await mkdtemp(join(tmpdir(), 'llb-lens-lsp-cache-'));
  const server = spawn(process.execPath, [script, '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env, XDG_CACHE_HOME: cache },
  });
  const exited = once(server, 'exit');
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const published = new Map<string, readonly Diagnostic[]>();
  const waiting = new Map<string, (diagnostics: readonly Diagnostic[]) => void>();
  const latest = new Map<string, readonly Diagnostic[]>();
  const listeners = new Set<() => void>();
  connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
    const key = `${params.uri} ${params.version ?? ''}`;
    published.set(key, params.diagnostics);
    waiting.get(key)?.(params.diagnostics);
    latest.set(params.uri, params.diagnostics);
    for (const listener of listeners) listener();
  });
  connection.listen();
  const initialized = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- LSP still requires the key
    rootUri: null,
    capabilities,
    initializationOptions,
  });
  await connection.sendNotification(InitializedNotification.type, {});
  return {
    connection,
    initialized,
    open: (uri, text, languageId = 'dockerfile') =>
      connection.sendNotification(DidOpenTextDocumentNotification.type, {
        textDocument: { uri, languageId, version: 1, text },
      }),
    change: (uri, version, text) =>
      connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      }),
    diagnostics: (uri, version) => {
      const key = `${uri} ${version}`;
      const known = published.get(key);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((answer) => waiting.set(key, answer));
    },
    diagnosticsOnce: (uri, wanted) =>
      new Promise((answer) => {
        const look = (): void => {
          const found = latest.get(uri);
          if (found === undefined || !wanted(found)) return;
          listeners.delete(look);
          answer(found);
        };
        listeners.add(look);
        look();
      }),
    async actions(uri, range, diagnostics, only) {
      const found = await connection.sendRequest(CodeActionRequest.type, {
        textDocument: { uri },
        range,
        context: { diagnostics: [...diagnostics], only: [...only] },
      });
      return (found ?? []).flatMap((one) => ('edit' in one ? [one] : []));
    },
    async graph(uri) {
      return (await connection.sendRequest<GraphResult>(GraphRequest, { uri })).graph;
    },
    async stop() {
      await connection.sendRequest(ShutdownRequest.type);
      await connection.sendNotification(ExitNotification.type);
      await exited;
      connection.dispose();
      await rm(cache, { recursive: true, force: true });
    },
  };
}

/** The edits that an action makes in one file. */
export function editsOf({ edit }: CodeAction, uri: string): TextEdit[] {
  return edit?.changes?.[uri] ?? [];
}
