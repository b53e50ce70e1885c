/** What the builds on several nodes tell, as if it were one build: one graph, one log, one progress. */
import type { LogPiece } from '../progress/log-store';
import { StatusFeed } from '../progress/status-feed';
import type { BuildInput, DefinedBuild } from '../input/build-input';
import { buildGraphOf } from './build-graph-of';
import type { JobEvents } from './job-parts';

export class GatheredNodes {
  /** Each node's build is to tell these. */
  readonly events: JobEvents;
  private readonly feed: StatusFeed;
  private readonly defined = new Map<string, DefinedBuild>();

  /**
   * @param told is told the graph once a node has its definition, and again for each other one that
   *   has; its build is called as that of the first node is
   */
  constructor(told: Required<Pick<JobEvents, 'graph' | 'patch' | 'output'>>) {
    this.feed = new StatusFeed({
      patch: (patch) => {
        if (this.id !== undefined) told.patch(patch, this.id);
      },
      output: (text) => told.output(text),
    });
    this.events = {
      status: (response) => this.feed.push(response),
      output: (text) => told.output(text),
      defined: (build, { id, input }) => {
        this.defined.set(id, build);
        told.graph(this.draw(input), { id: this.id ?? id, input });
      },
    };
  }

  /** The build's name; undefined before any node has its definition. */
  get id(): string | undefined {
    return this.defined.keys().next().value;
  }

  log(digest: string, from: number): LogPiece {
    this.feed.flush();
    return this.feed.logs.read(digest, from);
  }

  /** After the last message of all: nothing is left running. */
  end(): void {
    this.feed.end();
  }

  private draw(input: BuildInput) {
    return this.feed.begin(buildGraphOf([...this.defined.values()], input));
  }
}
