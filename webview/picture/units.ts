/** Times and sizes in words. */
import type { NodeStatus } from '../../proto/model/build-graph';
import type { Texts } from './texts';

/** A duration in milliseconds, in the largest units that still tell something. */
export function durationText(milliseconds: number, texts: Texts): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return texts('unit.seconds', seconds.toFixed(1));
  const whole = Math.round(seconds);
  if (whole < 60) return texts('unit.seconds', whole);
  if (whole < 3600) return texts('unit.minutes', Math.floor(whole / 60), whole % 60);
  return texts('unit.hours', Math.floor(whole / 3600), Math.floor((whole % 3600) / 60));
}

/** How long a step took or, at `now`, has been running; undefined where nothing ran. */
export function elapsed(status: NodeStatus, now: number): number | undefined {
  if (status.started === undefined || status.state === 'cached') return undefined;
  if (status.completed !== undefined) return Math.max(0, status.completed - status.started);
  return status.state === 'running' ? Math.max(0, now - status.started) : undefined;
}

/** How long a step took of this build's time: less where another build had begun it. */
export function elapsedHere(status: NodeStatus, now: number): number | undefined {
  const { started = 0, joined = started } = status;
  const time = elapsed(status, now);
  return time === undefined ? undefined : Math.max(0, time - (joined - started));
}

/** The share of a running step's bytes that is done, 0 to 1; undefined where totals are unknown. */
export function progressShare(status: NodeStatus): number | undefined {
  let current = 0;
  let total = 0;
  for (const part of status.progress ?? []) {
    if (part.total <= 0) continue;
    total += part.total;
    current += Math.min(part.current, part.total);
  }
  return total > 0 ? current / total : undefined;
}
