/** Whom and what a request means: a thread, a frame, a node of the graph, or none of them. */
import type { Site } from '../engine/debug/site';
import type { Walk, WalkStop } from '../engine/debug/walk';
import { RequestError } from './connection';
import type { LiveBuild } from './live-build';
import type { Frame, References } from './references';
import { siteOf, siteOfVertex } from './stops';

export class Places {
  /** @param live throws RequestError where no build lives, and so do all methods then */
  constructor(
    private readonly live: () => LiveBuild,
    private readonly references: References,
  ) {}

  /** The first one where none is named. @throws RequestError when there is no such thread */
  walk(threadId: number | undefined): Walk {
    const { walks } = this.live();
    const walk = threadId === undefined ? walks.all[0] : walks.byId(threadId);
    if (walk === undefined) throw new RequestError('There is no such thread.');
    return walk;
  }

  /** @throws RequestError unless the thread stands still */
  stopped(threadId: number | undefined): { readonly walk: Walk; readonly stop: WalkStop } {
    const walk = this.walk(threadId);
    if (walk.state.kind !== 'stopped') {
      throw new RequestError('The build is not stopped at a step.');
    }
    return { walk, stop: walk.state.stop };
  }

  /** A frame, else where the first thread that stands still does. @throws RequestError */
  frame(id: number | undefined): Frame {
    if (id !== undefined && id !== 0) {
      const frame = this.references.frameOf(id);
      if (frame === undefined) throw new RequestError('There is no such frame.');
      return frame;
    }
    const walk = this.live().walks.all.find(({ state }) => state.kind === 'stopped');
    const { stop } = this.stopped(walk?.id ?? 0);
    return { thread: walk?.id ?? 0, site: siteOf(stop) };
  }

  /**
   * The site that a vertex stands for, else where a thread stands.
   * @throws RequestError when there is no such place
   */
  site(digest: string | undefined, threadId?: number): Site {
    if (digest === undefined) {
      return threadId === undefined
        ? this.frame(undefined).site
        : siteOf(this.stopped(threadId).stop);
    }
    const site = siteOfVertex(this.live(), digest);
    if (site === undefined) {
      throw new RequestError('This node is no step of the build, so a shell cannot enter it.');
    }
    return site;
  }
}
