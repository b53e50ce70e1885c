/**
 * Follows a build's status stream and tells what it changes, at most ten times a second.
 *
 * The graph is the running truth here: each batch of messages becomes one patch to it, the logs go
 * into the store, and the same messages become lines of plain progress.
 */
import type { StatusResponse } from '../../proto/generated/control';
import { type BuildGraph, emptyGraph, type GraphPatch } from '../../proto/model/build-graph';
import {
  applyStatus,
  endStatus,
  type LiveGraph,
  type StatusUpdate,
} from '../../proto/model/live-graph';
import { LogStore } from './log-store';
import { PlainProgress } from './plain-progress';
import { SharedVertices } from './shared-vertices';
import { mergedUpdates, statusUpdate } from './status-update';

/** Milliseconds between two batches. */
const batchInterval = 100;

export type FeedEvents = {
  /** Never more than ten a second, except for the last of a build. */
  patch(patch: GraphPatch): void;
  /** Whole lines of plain progress. */
  output(text: string): void;
};

export class StatusFeed {
  readonly logs = new LogStore();
  private readonly progress = new PlainProgress();
  private readonly shared = new SharedVertices();
  private waiting: StatusResponse[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** Undefined until the build's definition is there; what comes before it is kept in `early`. */
  private current: BuildGraph | undefined;
  private early: StatusUpdate[] = [];
  private readonly settled = new Set<string>();

  constructor(private readonly events: FeedEvents) {}

  /** The graph with all status so far; empty before {@link begin}. */
  get graph(): BuildGraph {
    return this.current ?? emptyGraph;
  }

  /** From now on changes are told as patches to the graph that this gives back. */
  begin(graph: BuildGraph): BuildGraph {
    this.flush();
    this.shared.begin(graph);
    this.current = applyStatus(graph, mergedUpdates(this.early)).graph;
    this.early = [];
    return this.current;
  }

  push(response: StatusResponse): void {
    for (const { digest, name } of response.vertexes) this.shared.meet(digest, name);
    for (const { vertex, msg } of response.logs) this.logs.append(this.shared.own(vertex), msg);
    this.waiting.push({
      ...response,
      vertexes: response.vertexes.filter(
        (one) => !(one.cached && this.settled.has(this.shared.own(one.digest))),
      ),
    });
    this.timer ??= setTimeout(() => this.flush(), batchInterval);
  }

  /** Says at once what still waits. */
  flush(): void {
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
    const responses = this.waiting;
    if (responses.length === 0) return;
    this.waiting = [];
    const update = this.shared.translated(mergedUpdates(responses.map(statusUpdate)));
    if (this.current === undefined) this.early.push(update);
    else this.advance(applyStatus(this.current, update));
    const text = responses.map((response) => this.progress.lines(response)).join('');
    if (text !== '') this.events.output(text);
  }

  /**
   * Says that another solve of the same job begins. To it everything that ran is cached, but the
   * build as a whole has run it, and that is what is told.
   */
  settle(): void {
    this.flush();
    const { nodes, status } = this.graph;
    for (const node of nodes) {
      if (status[node.id]?.state === 'done') this.settled.add(node.digest);
    }
  }

  /** After the last message: nothing is left running. */
  end(completed = Date.now()): void {
    this.flush();
    if (this.current !== undefined) this.advance(endStatus(this.current, completed));
  }

  private advance({ graph, patch }: LiveGraph): void {
    this.current = graph;
    if (patch !== undefined) this.events.patch(patch);
  }
}
