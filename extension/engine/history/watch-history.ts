/**
 * The builds that a builder knows, live: those there are, then every one that starts, ends, changes
 * or goes. When the builder goes away it is asked again, with growing pauses, until it is back.
 */
import { readLocalState } from '../../../proto/client/builders/buildx-store';
import { BuildkitError, Code } from '../../../proto/client/buildkit-error';
import { ConnectError } from '../../../proto/client/connect-error';
import type { Connection } from '../../../proto/client/connect';
import { BuildHistoryEventType, type BuildHistoryEvent } from '../../../proto/generated/control';
import { historyRecord, type HistoryRecord } from './record';

/** Milliseconds between two looks for a builder that is away: doubled from the first to the last. */
const firstPause = 1_000;
const longestPause = 30_000;
/** Milliseconds in which changes are gathered. */
const gathering = 150;

export type HistoryChange = {
  /** All records are given anew; what was known before is void. */
  readonly reset: boolean;
  readonly upserts: readonly HistoryRecord[];
  readonly removes: readonly string[];
  readonly state: 'live' | 'unavailable' | 'unsupported';
  /** Why there is nothing, for `unavailable` and `unsupported`; a sentence with the remedy. */
  readonly message?: string;
};

/** The words for a daemon older than 0.11. */
export const noHistory =
  'This BuildKit keeps no build history; BuildKit 0.11 (Docker Engine 23) and newer do.';

export type WatchOptions = {
  readonly connect: () => Promise<Connection>;
  /** Told that a connection is of no use any more. */
  readonly lost: () => void;
  readonly env: NodeJS.ProcessEnv;
  readonly onChange: (change: HistoryChange) => void;
  readonly signal: AbortSignal;
};

/** Resolves when the signal says so, or when the builder has no history. */
export async function watchHistory(options: WatchOptions): Promise<void> {
  const { signal, onChange } = options;
  let pause = firstPause;
  while (!isOver(signal)) {
    try {
      const connection = await options.connect();
      await listen(connection, options, () => {
        pause = firstPause;
      });
    } catch (error) {
      if (isOver(signal)) return;
      if (error instanceof BuildkitError && error.code === Code.unimplemented) {
        onChange({ ...nothing, state: 'unsupported', message: noHistory });
        return;
      }
      if (!(error instanceof BuildkitError || error instanceof ConnectError)) throw error;
      options.lost();
      onChange({ ...nothing, state: 'unavailable', message: error.message });
    }
    await sleep(pause, signal);
    pause = Math.min(pause * 2, longestPause);
  }
}

const isOver = (signal: AbortSignal): boolean => signal.aborted;

const nothing = { reset: true, upserts: [], removes: [] } as const;

/** Ends when the stream does, which a daemon that shuts down brings about without an error. */
async function listen(
  { control }: Connection,
  { env, onChange, signal }: WatchOptions,
  begun: () => void,
): Promise<void> {
  const known = await listHistory(control, env, signal);
  onChange({ reset: true, upserts: known, removes: [], state: 'live' });
  begun();
  const gathered = new Gathered(onChange);
  // The stream begins with all records again, so nothing is missed between the two calls; they are
  // told as changes only where they differ from what was listed.
  const before = new Map(known.map((record) => [record.ref, JSON.stringify(record)]));
  try {
    for await (const event of control.history({}, { signal })) {
      const ref = event.record?.ref ?? '';
      if (event.type === BuildHistoryEventType.DELETED) {
        before.delete(ref);
        gathered.remove(ref);
        continue;
      }
      const record = await plain(event, env);
      const text = JSON.stringify(record);
      if (record === undefined || before.get(ref) === text) continue;
      before.set(ref, text);
      gathered.upsert(record);
    }
  } finally {
    gathered.close();
  }
}

/** The builds there are now, newest first. @throws BuildkitError */
export async function listHistory(
  control: Connection['control'],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<HistoryRecord[]> {
  const records = new Map<string, HistoryRecord>();
  for await (const event of control.history({ earlyExit: true }, { signal })) {
    const record = await plain(event, env);
    if (record !== undefined) records.set(record.ref, record);
  }
  return [...records.values()].sort((a, b) => b.started - a.started);
}

async function plain(
  { record }: BuildHistoryEvent,
  env: NodeJS.ProcessEnv,
): Promise<HistoryRecord | undefined> {
  if (record === undefined) return undefined;
  return historyRecord(record, await readLocalState(env, record.ref));
}

/** A build of many records a second is told a few times a second. */
class Gathered {
  private readonly upserts = new Map<string, HistoryRecord>();
  private readonly removes = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onChange: (change: HistoryChange) => void) {}

  upsert(record: HistoryRecord): void {
    this.removes.delete(record.ref);
    this.upserts.set(record.ref, record);
    this.schedule();
  }

  remove(ref: string): void {
    this.upserts.delete(ref);
    this.removes.add(ref);
    this.schedule();
  }

  close(): void {
    clearTimeout(this.timer);
    this.tell();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.tell(), gathering);
  }

  private tell(): void {
    this.timer = undefined;
    if (this.upserts.size + this.removes.size === 0) return;
    const change = { upserts: [...this.upserts.values()], removes: [...this.removes] };
    this.upserts.clear();
    this.removes.clear();
    this.onChange({ reset: false, ...change, state: 'live' });
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    timer.unref();
    signal.addEventListener('abort', done);
  });
}
