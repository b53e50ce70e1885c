/** The image history that instructions leave. */
import type { ArgDefinition, Healthcheck } from '../instructions/command';
import { quote, quoteList } from '../text/go';
import { formatDuration } from '../text/go-numbers';
import type { Environment } from '../words/environment';
import { unrepresentableTime } from './image-config';
import type { StageState } from './stage-state';

const comment = 'buildkit.dockerfile.v0';

/** Adds an entry; `layer` says that the instruction made one. */
export function addHistory(stage: StageState, createdBy: string, layer = false): void {
  const { epoch } = stage;
  const entry = {
    created: epoch === undefined ? undefined : formatTime(epoch),
    createdBy,
    author: '',
    comment,
    emptyLayer: !layer,
  };
  stage.history = stage.history.with([entry]);
}

/** An entry of RUN, COPY or ADD. */
export function addLayerHistory(stage: StageState, createdBy: string): void {
  addHistory(stage, `${createdBy} # buildkit`, true);
}

/** The last second of the year 9999, after which RFC 3339 has no word for the time. */
const latest = 253_402_300_799n;
/** The first second of the year 0. */
const earliest = -62_167_219_200n;

/** Seconds since the epoch as RFC 3339 in UTC. */
function formatTime(seconds: bigint): string {
  if (seconds > latest || seconds < earliest) return unrepresentableTime;
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

/** `|2 A=1 B=2 /bin/sh -c …`: the arguments of a RUN, after the build arguments it can see. */
export function runHistory(
  args: readonly string[],
  buildArgs: readonly ArgDefinition[],
  environment: Environment,
): string {
  const values = new Map<string, string>();
  for (const { key, value } of buildArgs) {
    values.set(key, environment.get(key) ?? value ?? '');
  }
  const pairs = [...values].map(([key, value]) => `${key}=${value}`);
  const seen = pairs.length > 0 ? [`|${pairs.length}`, ...pairs] : [];
  return [...seen, ...args].join(' ');
}

/** A health check as Go prints the struct. */
/** Go's `%q` of the same structure, as BuildKit wrote it before 0.30: the retries are a character. */
export function quotedHealthcheck(health: Healthcheck): string {
  const { interval, timeout, startPeriod, startInterval } = health;
  const times = [interval, timeout, startPeriod, startInterval].map((time) =>
    quote(formatDuration(time)),
  );
  return `&{${quoteList(health.test)} ${times.join(' ')} ${quotedCharacter(Number(health.retries))}}`;
}

/** Go's quoted character: control characters by escapes, what is no character as U+FFFD. */
function quotedCharacter(code: number): string {
  if (code === 0x27) return String.raw`'\''`;
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  const text = quote(String.fromCodePoint(isCharacter ? code : 0xfffd)).slice(1, -1);
  return `'${text === String.raw`\"` ? '"' : text}'`;
}

export function formatHealthcheck(health: Healthcheck): string {
  return (
    `{Test:[${health.test.join(' ')}] Interval:${formatDuration(health.interval)} ` +
    `Timeout:${formatDuration(health.timeout)} StartPeriod:${formatDuration(health.startPeriod)} ` +
    `StartInterval:${formatDuration(health.startInterval)} Retries:${health.retries.toString()}}`
  );
}
