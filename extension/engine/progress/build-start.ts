/**
 * When a build began, by its builder's clock, which may be another machine's. What a message tells of
 * happened before it came, so the message that came soonest after it says how far the two clocks are apart at
 * most. The beginning found is never too late, and too early only by the time that this message took.
 */
import type { StatusResponse } from '../../../proto/generated/control';
import { milliseconds } from './status-update';

export class BuildStart {
  /** Milliseconds by which our clock is ahead of the builder's, at most; Infinity before anything was told. */
  private ahead = Infinity;

  /** @param asked when the build was asked for, by our clock, in milliseconds since the epoch */
  constructor(private readonly asked = Date.now()) {}

  /** @param now when it came, by our clock */
  heard({ vertexes, statuses }: StatusResponse, now = Date.now()): void {
    for (const { started, completed } of [...vertexes, ...statuses])
      for (const time of [started, completed])
        this.ahead = Math.min(this.ahead, now - (milliseconds(time) ?? -Infinity));
  }

  /** Milliseconds since the epoch by the builder's clock; -Infinity as long as nothing is known of it. */
  get time(): number {
    return this.asked - this.ahead;
  }
}
