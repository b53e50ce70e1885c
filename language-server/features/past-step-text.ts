/** How a step went in the past, in words. */
import { bytesText } from '../../proto/model/byte-size';
import type { PastStep } from '../../proto/messages/language-server';

/** What is remembered of the ops that one instruction becomes, taken together. */
export type PastInstruction = {
  readonly state: PastStep['state'];
  readonly finished: number;
  readonly duration: number | undefined;
  readonly size: number | undefined;
};

/** Undefined where no op was built. Times and sizes of several add up. */
export function together(steps: readonly PastStep[]): PastInstruction | undefined {
  const [first] = steps;
  if (first === undefined) return undefined;
  const states = new Set(steps.map(({ state }) => state));
  return {
    state: states.has('failed') ? 'failed' : states.has('done') ? 'done' : 'cached',
    finished: Math.max(...steps.map(({ finished }) => finished)),
    duration: sum(steps.map(({ duration }) => duration)),
    size: sum(steps.map(({ size }) => size)),
  };
}

/** For a hover. @param now milliseconds since the epoch */
export function pastSentence(past: PastInstruction, now: number): string {
  const { state, finished, duration, size } = past;
  const took = duration === undefined ? '' : durationText(duration);
  const what = {
    done: took === '' ? 'was done' : `ran for ${took}`,
    cached: took === '' ? 'was cached' : `was cached (it took ${took} when it ran)`,
    failed: took === '' ? 'failed' : `failed after ${took}`,
  }[state];
  const added = size === undefined ? '' : `, and added ${bytesText(size)}`;
  return `In the last build, ${agoText(now - finished)}, it ${what}${added}.`;
}

/** For a hint behind the instruction; undefined where there is nothing to tell. */
export function pastHint({ state, duration, size }: PastInstruction): string | undefined {
  if (state === 'failed') return 'failed';
  const parts = [
    ...(duration === undefined ? [] : [durationText(duration)]),
    ...(size === undefined || size === 0 ? [] : [bytesText(size)]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}

/** `0.2 s`, `12 s`, `3 min 20 s`, `2 h 5 min` */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function agoText(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return 'just now';
  for (const [name, length] of [
    ['day', 1440],
    ['hour', 60],
    ['minute', 1],
  ] as const) {
    const count = Math.floor(minutes / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}
