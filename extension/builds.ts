/** The builds of this window: each a debug session, with its live graph and its logs. */
import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import {
  EndEvent,
  GraphEvent,
  HoldRequest,
  LogRequest,
  PatchEvent,
  PositionEvent,
  ShellEvent,
  type BuildWarningBody,
  type EndEventBody,
  type GraphEventBody,
  type HoldArguments,
  type PatchEventBody,
  type PositionEventBody,
} from '../proto/messages/debug-adapter';
import {
  isEndEventBody,
  isGraphEventBody,
  isLogResponseBody,
  isPatchEventBody,
  isPositionEventBody,
} from '../proto/messages/validate-debug-adapter';
import type { BuildGraph } from '../proto/model/build-graph';
import type { Digest } from '../proto/model/digest';
import { applyPatch } from '../proto/model/graph-patch';
import { CollectedLogs, type LogPiece } from './collected-logs';
import type { Disposables } from './disposables';

export type BuildState = 'running' | 'stopped' | EndEventBody['outcome'];

/** One build of one file; replaced by a new value whenever it moves on. */
export type Build = {
  readonly session: vscode.DebugSession;
  readonly buildId: string;
  readonly uri: vscode.Uri;
  readonly source: GraphEventBody['source'];
  /** The text that was built, where the editor had it. */
  readonly text?: string;
  readonly graph: BuildGraph;
  readonly seq: number;
  readonly state: BuildState;
  /** Where threads are stopped; the one that stopped last comes first. */
  readonly stops: readonly ThreadStop[];
  readonly message?: string;
  /** What BuildKit has warned of; known once it is over. */
  readonly warnings?: readonly BuildWarningBody[];
};

/** A thread by name, and the vertex that it stands at. */
export type ThreadStop = { readonly thread: string; readonly digest: string };

export const isActive = ({ state }: Build): boolean => state === 'running' || state === 'stopped';

/** Says whether a text is the one that was built. */
export function wasBuiltFrom({ source }: Pick<Build, 'source'>, text: string): boolean {
  return createHash('sha256').update(text).digest('hex') === source.hash.replace('sha256:', '');
}

/** Names the document of the source that was built, so that nodes lead to it. */
function withDocument(graph: BuildGraph, uri: vscode.Uri): BuildGraph {
  const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
  return {
    ...graph,
    sources: graph.sources.map((source) =>
      source.uri === undefined && source.filename === name
        ? { ...source, uri: uri.toString() }
        : source,
    ),
  };
}

export class Builds implements vscode.Disposable {
  /** The newest build of each file, by URI. */
  private readonly newest = new Map<string, Build>();
  /** By build. */
  private readonly logs = new Map<string, CollectedLogs>();
  private readonly changed = new vscode.EventEmitter<Build>();
  private readonly over = new vscode.EventEmitter<Build>();
  private readonly subscriptions: Disposables;

  readonly onDidChange = this.changed.event;

  /** A build is over, once; what is remembered of it is written. Comes before {@link onDidChange}. */
  readonly onDidEnd = this.over.event;

  constructor(private readonly log: vscode.LogOutputChannel) {
    this.subscriptions = [
      this.changed,
      this.over,
      vscode.debug.onDidReceiveDebugSessionCustomEvent((event) => this.receive(event)),
      vscode.debug.onDidTerminateDebugSession((session) => this.ended(session)),
    ];
  }

  of(uri: vscode.Uri): Build | undefined {
    return this.newest.get(uri.toString());
  }

  /** The newest build of a debug session, while it is the newest of its file. */
  bySession(session: vscode.DebugSession): Build | undefined {
    return [...this.newest.values()].find((build) => build.session.id === session.id);
  }

  /** Threads stopped somewhere, or go on. */
  private moved({ buildId, threads }: PositionEventBody): void {
    const build = this.byId(buildId);
    if (build === undefined || !isActive(build)) return;
    const stopped = threads.filter(({ state }) => state === 'stopped');
    const now = stopped.flatMap(({ name, digest }) =>
      digest === undefined ? [] : [{ thread: name, digest }],
    );
    // A thread that was elsewhere has just come to its place: that is where one looks.
    const isOld = (one: ThreadStop) =>
      build.stops.some(({ thread, digest }) => thread === one.thread && digest === one.digest);
    const stops = [...now.filter((one) => !isOld(one)), ...now.filter(isOld)];
    this.put({ ...build, state: stopped.length > 0 ? 'stopped' : 'running', stops });
  }

  /**
   * Log text of a step from a byte offset on, and the offset to go on from. The adapter is asked
   * while it lives; afterwards there is what was fetched at the end.
   */
  readLog(build: Build, digest: Digest, from: number): Promise<LogPiece> {
    return this.logsOf(build).read(digest, from, isActive(build));
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private receive({ session, event, body }: vscode.DebugSessionCustomEvent): void {
    // Shells are opened by others.
    if (session.type !== 'buildkit' || event === ShellEvent) return;
    const content: unknown = body;
    if (event === GraphEvent && isGraphEventBody(content)) this.begin(session, content);
    else if (event === PatchEvent && isPatchEventBody(content)) this.patch(content);
    else if (event === EndEvent && isEndEventBody(content)) this.finish(session, content);
    else if (event === PositionEvent && isPositionEventBody(content)) this.moved(content);
    else this.log.warn(`The debug adapter sent an event that is not understood: ${event}`);
  }

  private begin(session: vscode.DebugSession, body: GraphEventBody): void {
    const { buildId, graph, seq, source } = body;
    const uri = vscode.Uri.file(source.path);
    const text = vscode.workspace.textDocuments
      .find((document) => document.uri.toString() === uri.toString())
      ?.getText();
    const before = this.byId(buildId);
    if (before === undefined) this.hold(session, true);
    const isBuilt = text !== undefined && wasBuiltFrom({ source }, text);
    this.put({
      session,
      buildId,
      uri,
      source,
      graph: withDocument(graph, uri),
      seq,
      // An edit makes another graph of a build that may stand still.
      state: before?.state ?? 'running',
      stops: [],
      ...(isBuilt ? { text } : {}),
    });
  }

  private patch({ buildId, seq, patch }: PatchEventBody): void {
    const build = this.byId(buildId);
    if (build === undefined) return;
    if (seq !== build.seq + 1) {
      this.log.warn(`Build ${buildId}: patch ${seq} came after ${build.seq}`);
    }
    this.put({ ...build, seq, graph: applyPatch(build.graph, patch) });
  }

  private finish(session: vscode.DebugSession, body: EndEventBody): void {
    const { buildId, outcome, message, warnings } = body;
    const build = this.byId(buildId);
    if (build === undefined) {
      this.hold(session, false);
      return;
    }
    void this.collectLogs(build).finally(() => this.hold(session, false));
    this.put({
      ...build,
      state: outcome,
      ...(message === undefined ? {} : { message }),
      ...(warnings === undefined ? {} : { warnings }),
    });
  }

  /** A session that went without a word was cancelled, or its adapter crashed. */
  private ended(session: vscode.DebugSession): void {
    const build = this.bySession(session);
    if (build !== undefined && isActive(build)) this.put({ ...build, state: 'cancelled' });
  }

  /**
   * Has an adapter wait with its farewell until the logs were had, or lets it go. One that is gone
   * holds nothing, but where it should have waited its last logs may be missing: the log says so.
   */
  hold(session: vscode.DebugSession, hold: boolean): void {
    const args: HoldArguments = { hold };
    session.customRequest(HoldRequest, args).then(undefined, (error: unknown) => {
      const wish = hold ? 'wait for its logs to be read' : 'go';
      const reason = error instanceof Error ? error.message : String(error);
      this.log.info(`The debug adapter of ${session.name} could not be told to ${wish}: ${reason}`);
    });
  }

  /** The adapter waits with its farewell until it is told that the logs were had. */
  private async collectLogs(build: Build): Promise<void> {
    const { nodes, status } = build.graph;
    await this.logsOf(build).fetchAll(
      nodes.map(({ id, digest }) => ({ digest, bytes: status[id]?.logBytes ?? 0 })),
    );
  }

  private logsOf({ buildId, session }: Build): CollectedLogs {
    const known = this.logs.get(buildId);
    if (known !== undefined) return known;
    const logs = new CollectedLogs(async (args) => {
      const body: unknown = await session.customRequest(LogRequest, args);
      if (!isLogResponseBody(body)) {
        throw new Error(vscode.l10n.t('The debug adapter sent no log.'));
      }
      return body;
    });
    this.logs.set(buildId, logs);
    return logs;
  }

  private byId(buildId: string): Build | undefined {
    return [...this.newest.values()].find((build) => build.buildId === buildId);
  }

  private put(build: Build): void {
    const key = build.uri.toString();
    const before = this.newest.get(key);
    if (before !== undefined && before.buildId !== build.buildId) this.logs.delete(before.buildId);
    this.newest.set(key, build);
    if (before !== undefined && isActive(before) && !isActive(build)) this.over.fire(build);
    this.changed.fire(build);
  }
}
