/** The graphs that the language server keeps for open files, as the editor's side holds them. */
import * as vscode from 'vscode';
import { State, type BaseLanguageClient } from 'vscode-languageclient';
import type { BuildProfile } from '../proto/messages/build-profile';
import {
  GraphCloseNotification,
  GraphPatchNotification,
  GraphRequest,
  OpRequest,
  type GraphCloseParams,
  type GraphPatchParams,
  type GraphRequestParams,
  type GraphResult,
  type OpParams,
  type OpResult,
} from '../proto/messages/language-server';
import { applyPatch } from '../proto/model/graph-patch';
import type { Disposables } from './disposables';
import type { Following } from './graph-services';

type Watched = {
  readonly uri: vscode.Uri;
  result: GraphResult | undefined;
  /** What the server was asked for last, as JSON. */
  asked: string;
  /** Nobody looks: the server does not follow the file either. */
  resting: boolean;
  readonly changed: vscode.EventEmitter<void>;
};

export class StaticGraphs implements vscode.Disposable {
  /** By the URI as the server spells it. */
  private readonly watched = new Map<string, Watched>();
  private readonly subscriptions: Disposables;

  /**
   * @param reasons after them, `profileOf` may answer otherwise
   * @param profileOf how a file is built and so drawn
   */
  constructor(
    private readonly client: BaseLanguageClient,
    reasons: readonly vscode.Event<unknown>[],
    private readonly profileOf: (uri: vscode.Uri) => BuildProfile,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscriptions = [
      client.onNotification(GraphPatchNotification, (patch: GraphPatchParams) => this.patch(patch)),
      client.onDidChangeState(({ newState }) => {
        if (newState === State.Running) void this.askForAll();
      }),
      vscode.workspace.onDidOpenTextDocument((document) => {
        const watched = this.watched.get(this.key(document.uri));
        if (watched !== undefined) this.ask(watched);
      }),
      ...reasons.map((reason) => reason(() => this.askForOthers())),
    ];
  }

  /** Starts to follow a file's graph; `changed` is called whenever {@link of} gives another one. */
  watch(uri: vscode.Uri, changed: () => void): Following {
    const key = this.key(uri);
    let watched = this.watched.get(key);
    if (watched === undefined) {
      watched = {
        ...{ uri, result: undefined, asked: '', resting: false },
        changed: new vscode.EventEmitter<void>(),
      };
      this.watched.set(key, watched);
      this.ask(watched);
    }
    const one = watched;
    const subscription = one.changed.event(changed);
    return {
      rest: () => {
        if (one.resting) return;
        one.resting = true;
        this.letGo(key);
      },
      goOn: () => {
        if (!one.resting) return;
        one.resting = false;
        this.ask(one);
      },
      dispose: () => {
        subscription.dispose();
        this.watched.delete(key);
        one.changed.dispose();
        if (!one.resting) this.letGo(key);
      },
    };
  }

  /** The graph that was last heard of, undefined before the first answer. */
  of(uri: vscode.Uri): GraphResult | undefined {
    return this.watched.get(this.key(uri))?.result;
  }

  /** All of the op of a node of that graph. @param node its neutral digest */
  async op(uri: vscode.Uri, node: string): Promise<OpResult> {
    const params: OpParams = { uri: this.key(uri), node };
    return this.client.sendRequest<OpResult>(OpRequest, params);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** The server need not follow a file any more. */
  private letGo(uri: string): void {
    const params: GraphCloseParams = { uri };
    if (this.client.isRunning()) void this.client.sendNotification(GraphCloseNotification, params);
  }

  /** A server that has just begun: it knows the open documents once its start is complete. */
  private async askForAll(): Promise<void> {
    try {
      await this.client.start();
    } catch {
      return; // the client reports a start that failed
    }
    for (const watched of this.watched.values()) this.ask(watched);
  }

  /** The graphs of files that are built in another way by now. */
  private askForOthers(): void {
    for (const watched of this.watched.values()) {
      if (watched.asked !== JSON.stringify(this.profileOf(watched.uri))) this.ask(watched);
    }
  }

  private ask(watched: Watched): void {
    if (watched.resting || !this.client.isRunning()) return;
    const profile = this.profileOf(watched.uri);
    const params: GraphRequestParams = { uri: this.key(watched.uri), profile };
    watched.asked = JSON.stringify(profile);
    this.client.sendRequest<GraphResult>(GraphRequest, params).then(
      (result) => {
        // Version 0: the server does not have the document (any more); what was shown stays.
        if (result.graphVersion === 0) return;
        watched.result = result;
        watched.changed.fire();
      },
      (error: unknown) => {
        this.log.error(
          `${GraphRequest}: ${error instanceof Error ? error.message : String(error)}`,
        );
      },
    );
  }

  private patch({ uri, base, documentVersion, graphVersion, patch }: GraphPatchParams): void {
    const watched = this.watched.get(uri);
    if (watched?.result === undefined || watched.resting) return;
    if (watched.result.graphVersion !== base) {
      this.ask(watched);
      return;
    }
    const graph = applyPatch(watched.result.graph, patch);
    watched.result = { documentVersion, graphVersion, graph };
    watched.changed.fire();
  }

  private key(uri: vscode.Uri): string {
    return this.client.code2ProtocolConverter.asUri(uri);
  }
}
