/**
 * Puts the end of a session off until the client has read the logs it wants: an editor disconnects
 * as soon as it hears `terminated`, and what is not fetched by then is lost to it.
 */
import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds without a request after which the client has what it wants. */
const QUIET = 150;
/** Milliseconds after which nobody is waited for any longer. */
const LONGEST = 2000;

export class Farewell {
  /** When the client last asked for something that only an editor with a graph asks for. */
  private asked: number | undefined;

  /** The client speaks our own requests, so it will want the logs. */
  noticed(): void {
    this.asked = performance.now();
  }

  /** Resolves at once for a client that never asked, or when `leaving` is aborted. */
  async taken(leaving: AbortSignal): Promise<void> {
    if (this.asked === undefined) return;
    const start = performance.now();
    this.asked = start;
    while (!leaving.aborted) {
      const now = performance.now();
      if (now - this.asked >= QUIET || now - start >= LONGEST) return;
      await wait(25);
    }
  }
}
