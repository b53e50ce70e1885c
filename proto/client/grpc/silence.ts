/**
 * Finds out that a connection is dead though nothing says so: the other side vanished without a
 * word, or it sent what HTTP/2's library gives up on, after which it neither reads nor tells.
 *
 * gRPC's servers take pings amiss that come more often than their own answers, so there is one ping
 * for each time that something was heard, once it has become silent.
 */

/** Of an HTTP/2 session, what is needed here. */
export type Pinged = {
  readonly destroyed: boolean;
  ping(answered: (error: Error | null) => void): boolean;
  destroy(): void;
};

/** Between two looks. Milliseconds. */
const lookEvery = 3_000;
/** How long a ping may take; a daemon that works hard answers late. Milliseconds. */
const answerWithin = 15_000;

export class Silence {
  private heardSince = true;
  private asked = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly session: Pinged,
    private readonly times = { lookEvery, answerWithin },
  ) {}

  /** While a call is under way; may be called again. */
  watch(): void {
    this.timer ??= setInterval(() => this.look(), this.times.lookEvery).unref();
  }

  /** No call is under way: nobody waits for anything. */
  rest(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Something came. */
  heard(): void {
    this.heardSince = true;
    this.asked = false;
  }

  private look(): void {
    if (this.heardSince) {
      this.heardSince = false;
      return;
    }
    if (this.asked || this.session.destroyed) return;
    this.asked = true;
    const late = setTimeout(() => this.session.destroy(), this.times.answerWithin).unref();
    try {
      this.session.ping((error) => {
        if (error === null) clearTimeout(late);
      });
    } catch {
      // A session that takes no ping is over.
      this.session.destroy();
    }
  }
}
