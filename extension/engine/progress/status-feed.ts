/**
 * Follows a build's status stream and tells what it changes, at most ten times a second.
 *
 * The graph is the running truth here: each batch of messages becomes one patch to it, the logs go
 * into the store, and the same messages become lines of plain progress.
 */
import type { StatusResponse, Vertex, VertexWarning } from '../../../proto/generated/control';
import {
  type BuildGraph,
  emptyGraph,
  type GraphPatch,
  type NodeOutput,
} from '../../../proto/model/build-graph';
import {
  applyStatus,
  endStatus,
  withJoined,
  withOutputs,
  type LiveGraph,
  type StatusUpdate,
} from '../../../proto/model/live-graph';
import type { Digest } from '../../../proto/model/digest';
import { carryNodeIds } from '../../../proto/model/node-ids';
import { BuildStart } from './build-start';
import { LogStore } from './log-store';
import { PlainProgress } from './plain-progress';
import { SharedVertices } from './shared-vertices';
import { mergedUpdates, NO_UPDATE, partedByVertex, statusUpdate, warningOf } from './status-update';

/** How BuildKit numbers the streams of a process. */
const STDERR = 2n;

/** Milliseconds between two batches. */
const batchInterval = 100;

export type FeedEvents = {
  /**
   * Never more than ten a second, except for the last of a build. Where nobody listens, status is
   * only gathered, and logs are kept only if `keepsLogs` says so.
   */
  patch?(patch: GraphPatch): void;
  /** Whole lines of plain progress; only notes where `status` is there. */
  output(text: string): void;
  /** Whether logs will be asked for; those who listen to patches always may. */
  readonly keepsLogs?: boolean;
  /** Every message as it comes, for those who show progress in their own way. */
  status?(response: StatusResponse): void;
};

/** What BuildKit warns of: a lint finding, or a word of a step. */
export type BuildWarning = {
  readonly text: string;
  readonly detail: readonly string[];
  readonly url: string;
  /** The file as the definition names it, and the lines, where there are some. */
  readonly filename: string;
  readonly lines: readonly number[];
  readonly vertex: string;
};

export class StatusFeed {
  /** What the last step that failed says of it; a step that was only stopped does not count. */
  failure: string | undefined;
  /** Each warning once, though every solve of a frontend repeats them. */
  readonly warnings: BuildWarning[] = [];
  readonly logs = new LogStore();
  private readonly progress = new PlainProgress();
  private readonly shared = new SharedVertices();
  private readonly start = new BuildStart();
  private waiting: StatusResponse[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** Undefined until the build's definition is there; what comes before it is kept in `early`. */
  private current: BuildGraph | undefined;
  private early: StatusUpdate[] = [];
  /** What was said of vertices that have not come yet. */
  private unmet: StatusUpdate = NO_UPDATE;
  private readonly settled = new Set<string>();
  /** The last word on each vertex, where nobody listens to patches. */
  private readonly gathered = new Map<string, Vertex>();

  constructor(private readonly events: FeedEvents) {}

  /** The graph with all status so far; empty before {@link begin}. */
  get graph(): BuildGraph {
    return this.current ?? emptyGraph;
  }

  /**
   * From now on changes are told as patches to the graph that this gives back. A second graph goes
   * on with the node ids of the first, and with the status of the ops that are still the same.
   */
  begin(fresh: BuildGraph): BuildGraph {
    this.flush();
    const graph = this.current === undefined ? fresh : carriedOver(this.current, fresh);
    this.shared.begin(graph);
    const early = mergedUpdates(this.early);
    for (const { digest, name } of early.vertexes) this.shared.meet(digest, name);
    const { met, unmet } = partedByVertex(this.shared.translated(early), digestsOf(graph));
    this.current = withJoined(applyStatus(graph, met), this.start.time).graph;
    this.unmet = unmet;
    this.early = [];
    return this.current;
  }

  push(response: StatusResponse): void {
    this.events.status?.(response);
    this.start.heard(response);
    for (const { digest, name, error } of response.vertexes) {
      this.shared.meet(digest, name);
      if (error !== '' && !/context canceled/i.test(error)) this.failure = error;
    }
    for (const warning of response.warnings) this.warned(warning);
    const gathers = this.events.patch === undefined && this.events.status !== undefined;
    if (!gathers || this.events.keepsLogs === true) {
      for (const { vertex, msg, stream } of response.logs) {
        this.logs.append(this.shared.own(vertex), msg, stream === STDERR);
      }
    }
    if (gathers) {
      this.gather(response);
      return;
    }
    this.waiting.push({
      ...response,
      vertexes: response.vertexes.filter(
        (one) => !(one.cached && this.settled.has(this.shared.own(one.digest))),
      ),
    });
    this.timer ??= setTimeout(() => this.flush(), batchInterval);
  }

  /** Keeps what a graph needs that is made at the end: not the logs, and each vertex once. */
  private gather({ vertexes }: StatusResponse): void {
    for (const vertex of vertexes) {
      const known = this.gathered.get(vertex.digest);
      if (known?.completed === undefined || !vertex.cached)
        this.gathered.set(vertex.digest, vertex);
    }
  }

  /** Says at once what still waits. */
  flush(): void {
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
    if (this.gathered.size > 0) {
      const vertexes = [...this.gathered.values()];
      this.gathered.clear();
      this.waiting.push({ vertexes, statuses: [], logs: [], warnings: [] });
    }
    const responses = this.waiting;
    if (responses.length === 0) return;
    this.waiting = [];
    const update = this.shared.translated(mergedUpdates(responses.map(statusUpdate)));
    if (this.current === undefined) this.early.push(update);
    else {
      const all = mergedUpdates([this.unmet, update]);
      const { met, unmet } = partedByVertex(all, digestsOf(this.current));
      this.unmet = unmet;
      this.advance(applyStatus(this.current, met));
    }
    if (this.events.status !== undefined) return;
    const text = this.progress.lines(responses);
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

  /** Says that steps which nothing was heard of were cached: some of what they are part of was. */
  restIsCached(now = Date.now()): void {
    this.flush();
    if (this.current === undefined) return;
    const { nodes, status } = this.current;
    const vertexes = nodes.flatMap(({ id, digest, fullName }) =>
      status[id] === undefined
        ? [
            {
              digest,
              inputs: [],
              name: fullName,
              cached: true,
              started: now,
              completed: now,
              error: '',
            },
          ]
        : [],
    );
    const none = { statuses: [], logs: [], warnings: [] };
    this.advance(applyStatus(this.current, { vertexes, ...none }));
  }

  /** Says what steps have made, which the status stream does not. */
  made(outputs: ReadonlyMap<Digest, readonly NodeOutput[]>): void {
    this.flush();
    if (this.current !== undefined) this.advance(withOutputs(this.current, outputs));
  }

  /** After the last message: nothing is left running. */
  end(completed = Date.now()): void {
    this.flush();
    const rest = this.events.status === undefined ? this.progress.end() : '';
    if (rest !== '') this.events.output(rest);
    if (this.current !== undefined) this.advance(endStatus(this.current, completed));
  }

  private warned(told: VertexWarning): void {
    const decoder = new TextDecoder();
    const warning: BuildWarning = {
      ...warningOf(told),
      detail: told.detail.map((line) => decoder.decode(line)),
      vertex: told.vertex,
    };
    const isKnown = this.warnings.some(
      (one) => one.text === warning.text && String(one.lines) === String(warning.lines),
    );
    if (!isKnown) this.warnings.push(warning);
  }

  private advance(live: LiveGraph): void {
    const { graph, patch } = withJoined(live, this.start.time);
    this.current = graph;
    if (patch !== undefined) this.events.patch?.(patch);
  }
}

const digestsOf = ({ nodes }: BuildGraph): readonly Digest[] => nodes.map(({ digest }) => digest);

function carriedOver(before: BuildGraph, fresh: BuildGraph): BuildGraph {
  const graph = carryNodeIds(before, fresh);
  const known = new Map(before.nodes.map(({ digest, id }) => [digest, before.status[id]]));
  const status = graph.nodes.flatMap(({ id, digest }) => {
    const one = known.get(digest);
    return one === undefined ? [] : [[id, one] as const];
  });
  return { ...graph, status: Object.fromEntries(status) };
}
