/**
 * The builder service as seen from the editor: a child process, started on first need, that holds
 * every BuildKit connection outside a build.
 *
 * A crash rejects what was under way and the next request starts a new child; one that keeps
 * crashing is left alone until the window is reloaded, with the log to say why.
 */
import { spawn } from 'node:child_process';
import * as vscode from 'vscode';
import {
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-languageclient/node';
import type {
  DaemonResolveImageParams,
  DaemonResolveImageResult,
} from '../proto/messages/language-server';
import { nodeEnvironment } from './bundles';
import {
  BuilderChangedNotification,
  HistoryChangedNotification,
  HistoryEndedNotification,
  HistoryPatchNotification,
  OutlookChangedNotification,
  PruneNotification,
  ServiceError,
  type BuilderRef,
  type HistoryChanged,
  type HistoryEnded,
  type HistoryPatch,
  type PruneProgress,
  type ServiceMethod,
  type ServiceRequests,
} from './service/protocol';

/** So many crashes inside this many milliseconds mean that another start will not help. */
const MAX_CRASHES = 4;
const CRASH_WINDOW = 60_000;

export type ServiceNotification =
  | { readonly method: typeof HistoryChangedNotification; readonly params: HistoryChanged }
  | { readonly method: typeof HistoryPatchNotification; readonly params: HistoryPatch }
  | { readonly method: typeof HistoryEndedNotification; readonly params: HistoryEnded }
  | { readonly method: typeof OutlookChangedNotification }
  | { readonly method: typeof PruneNotification; readonly params: PruneProgress };

export class BuilderService implements vscode.Disposable {
  private connection: MessageConnection | undefined;
  private stop: (() => void) | undefined;
  private crashes: number[] = [];
  private disposed = false;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly notified = new vscode.EventEmitter<ServiceNotification>();

  /** What the service tells of its own accord; requests begin such telling. */
  readonly onNotification = this.notified.event;

  /** A builder came or went, or the service itself did. */
  readonly onDidChange = this.changed.event;

  /** @param bundle the service's main file */
  constructor(
    private readonly bundle: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Throws an Error whose message is fit to be shown, also when the workspace is not trusted. */
  async request<M extends ServiceMethod>(
    method: M,
    params: ServiceRequests[M]['params'],
    cancellation?: vscode.CancellationToken,
  ): Promise<ServiceRequests[M]['result']> {
    if (!vscode.workspace.isTrusted) {
      throw new Error(vscode.l10n.t('This workspace is not trusted, so no builder is asked.'));
    }
    try {
      const connection = this.connect();
      return await (cancellation === undefined
        ? connection.sendRequest<ServiceRequests[M]['result']>(method, params)
        : connection.sendRequest<ServiceRequests[M]['result']>(method, params, cancellation));
    } catch (error) {
      // The child is gone; why, is in the log.
      const isGone =
        error instanceof ResponseError && error.code === ErrorCodes.PendingResponseRejected;
      if (!isGone) throw error;
      throw new Error(
        vscode.l10n.t('The builder service stopped. See the log of LLB Lens for the reason.'),
        { cause: error },
      );
    }
  }

  /** The language server's question about an image; never throws. */
  async resolveImage(
    params: DaemonResolveImageParams & BuilderRef,
  ): Promise<DaemonResolveImageResult> {
    try {
      const { builder, ref, platform, mode } = params;
      const image = await this.request('image/resolve', {
        ...(builder === undefined ? {} : { builder }),
        ref,
        platform,
        imageResolveMode: mode,
      });
      return { outcome: 'resolved', ...image };
    } catch (error) {
      if (error instanceof ResponseError && error.code === ServiceError) {
        return { outcome: 'failed', message: error.message };
      }
      this.log.warn(`image/resolve: ${error instanceof Error ? error.message : String(error)}`);
      return { outcome: 'offline' };
    }
  }

  dispose(): void {
    this.disposed = true;
    this.stop?.();
    this.changed.dispose();
    this.notified.dispose();
  }

  private connect(): MessageConnection {
    if (this.connection !== undefined) return this.connection;
    const now = Date.now();
    this.crashes = this.crashes.filter((time) => now - time < CRASH_WINDOW);
    if (this.disposed || this.crashes.length >= MAX_CRASHES) {
      throw new Error(
        vscode.l10n.t(
          'The builder service keeps stopping. See the log of LLB Lens for the reason.',
        ),
      );
    }
    return this.start();
  }

  private start(): MessageConnection {
    const child = spawn(process.execPath, [this.bundle], {
      env: { ...process.env, ...nodeEnvironment },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.log.info(`service: ${text.trimEnd()}`);
    });
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    connection.onError(([error]) => {
      this.log.error(error);
    });
    connection.onNotification(BuilderChangedNotification, () => {
      this.changed.fire();
    });
    connection.onNotification(OutlookChangedNotification, () => {
      this.notified.fire({ method: OutlookChangedNotification });
    });
    connection.onNotification(HistoryChangedNotification, (params: HistoryChanged) => {
      this.notified.fire({ method: HistoryChangedNotification, params });
    });
    connection.onNotification(HistoryPatchNotification, (params: HistoryPatch) => {
      this.notified.fire({ method: HistoryPatchNotification, params });
    });
    connection.onNotification(HistoryEndedNotification, (params: HistoryEnded) => {
      this.notified.fire({ method: HistoryEndedNotification, params });
    });
    connection.onNotification(PruneNotification, (params: PruneProgress) => {
      this.notified.fire({ method: PruneNotification, params });
    });
    connection.listen();

    let ended = false;
    const end = (reason: string, crashed: boolean) => {
      if (ended) return;
      ended = true;
      this.connection = undefined;
      this.stop = undefined;
      connection.dispose();
      if (!crashed) return;
      this.crashes.push(Date.now());
      this.log.error(`The builder service stopped: ${reason}`);
      this.changed.fire();
    };
    child.on('error', (error) => end(error.message, true));
    child.on('exit', (code, signal) => end(signal ?? `exit code ${code ?? 'unknown'}`, true));

    this.connection = connection;
    this.stop = () => {
      end('disposed', false);
      child.kill();
    };
    return connection;
  }
}
