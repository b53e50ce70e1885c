/**
 * The container of a failure, made while the user still reads what failed: a shell is what is
 * mostly wanted there, and then only its process has to start.
 *
 * Nothing is taken from others for it: a cache that one step at a time may have is not held for a
 * shell that nobody has asked for, and no tools are fetched.
 */
import * as ops from '../../proto/generated/ops';
import { prepareContainer, type WaitingContainer } from '../engine/shell/open-shell';
import { shellPlace, type ShellPlace } from '../engine/shell/shell-place';
import type { Site } from '../engine/debug/site';
import type { LiveBuild } from './live-build';

type Ready = { readonly site: Site; readonly container: Promise<WaitingContainer | undefined> };

export class ReadyShells {
  private readonly byThread = new Map<number, Ready>();

  /** Makes one ready where a thread stands. */
  prepare(thread: number, { job, input }: LiveBuild, site: Site): void {
    void this.forget(thread);
    const container = shellPlace(job, input, site).then(
      (place) => (holdsOthersUp(place) ? undefined : prepareContainer(job.gateway, place)),
      // Whoever asks for a shell here is told why there is none.
      () => undefined,
    );
    this.byThread.set(thread, { site, container });
  }

  /** Hands over the one of a site, for its one shell. */
  async take({ statement, failure }: Site): Promise<WaitingContainer | undefined> {
    for (const [thread, { site, container }] of this.byThread) {
      if (site.statement !== statement || site.failure !== failure) continue;
      this.byThread.delete(thread);
      return container;
    }
    return undefined;
  }

  /** Gives back what nobody asked for: of one thread, or all. */
  async forget(thread?: number): Promise<void> {
    const leaving = [...this.byThread].filter(([id]) => thread === undefined || id === thread);
    for (const [id] of leaving) this.byThread.delete(id);
    await Promise.all(
      leaving.map(async ([, { container }]) => {
        await (await container)?.release();
      }),
    );
  }
}

function holdsOthersUp({ mounts }: ShellPlace): boolean {
  return mounts.some(
    ({ mountType, cacheOpt }) =>
      mountType === ops.MountType.CACHE && cacheOpt?.sharing !== ops.CacheSharingOpt.SHARED,
  );
}
