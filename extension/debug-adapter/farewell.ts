/**
 * Puts the end of a session off until the client has read the logs it wants: an editor disconnects
 * as soon as it hears `terminated`, and what is not fetched by then is lost to it.
 */
import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds without a request after which the client has what it wants. */
const QUIET = 150;
/** Milliseconds after which nobody is waited for any longer. */
const LONGEST = 2000;
/** The same for a client that said that it will say when it is done. */
const LONGEST_HELD = 10_000;

export class Farewell {
  /** When the client last asked for something that only an editor with a graph asks for. */
  private asked: number | undefined;
  /** What the client said of itself; undefined: nothing. */
  private held: boolean | undefined;

  /** The client speaks our own requests, so it will want the logs. */
  noticed(): void {
    this.asked = performance.now();
  }

  /** The client says when it is done, instead of falling silent. */
  hold(hold: boolean): void {
    this.noticed();
    this.held = hold;
  }

  /** Resolves at once for a client that never asked, or when `leaving` is aborted. */
  async taken(leaving: AbortSignal): Promise<void> {
    if (this.asked === undefined) return;
    const start = performance.now();
    this.asked = start;
    while (!leaving.aborted) {
      const now = performance.now();
      if (now - start >= (this.held === true ? LONGEST_HELD : LONGEST)) return;
      if (this.held ?? now - this.asked < QUIET) await wait(25);
      else return;
    }
  }
}
