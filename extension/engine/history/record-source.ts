/**
 * Where a build that is opened is read from: the history of a builder, or a bundle that was
 * exported of one (`bundle-reader.ts`).
 */
import { BuildkitError } from '../../../proto/client/buildkit-error';
import type { LocalState } from '../../../proto/client/builders/buildx-store';
import type { Connection } from '../../../proto/client/connect';
import {
  BuildHistoryEventType,
  type BuildHistoryRecord,
  type StatusResponse,
} from '../../../proto/generated/control';
import { BuildFailure } from '../input/build-input';

export type RecordSource = {
  /** The record as it is now. */
  readonly record: BuildHistoryRecord;
  /** The build's status from its beginning; of a running one, until it ends. */
  readonly status: (signal: AbortSignal) => AsyncIterable<StatusResponse>;
  /** The record once its status has ended, with all that is written into it then. */
  readonly completed: (signal: AbortSignal) => Promise<BuildHistoryRecord>;
  /** A blob that the record names. @throws BuildkitError when it is not there any more */
  readonly content: (digest: string, signal?: AbortSignal) => Promise<Uint8Array>;
  /** The bundle's file; undefined for a builder's history. */
  readonly bundle?: string;
  /** What the machine that built knew of the build, where the record came with it. */
  readonly local?: LocalState;
};

/** @throws BuildFailure when the builder knows no such build; BuildkitError */
export async function builderRecord(
  connection: Connection,
  ref: string,
  signal: AbortSignal,
): Promise<RecordSource> {
  const { control } = connection;
  return {
    record: await findRecord(connection, ref, signal),
    status: (until) => control.status(ref, { signal: until }),
    completed: (until) => completedRecord(connection, ref, until),
    content: (digest, until) => control.readContent(digest, until && { signal: until }),
  };
}

/** @throws BuildFailure when there is none */
export async function findRecord(
  connection: Connection,
  ref: string,
  signal?: AbortSignal,
): Promise<BuildHistoryRecord> {
  return (await recordAsItIs(connection, ref, signal)).record;
}

/** A record, and whether anything is still to be written into it. */
async function recordAsItIs(
  { control }: Connection,
  ref: string,
  signal?: AbortSignal,
): Promise<{ readonly record: BuildHistoryRecord; readonly isComplete: boolean }> {
  try {
    for await (const { type, record } of control.history({ ref, earlyExit: true }, { signal })) {
      if (record?.ref !== ref) continue;
      return { record, isComplete: type === BuildHistoryEventType.COMPLETE };
    }
  } catch (error) {
    const isGone = error instanceof BuildkitError && error.message.includes(' is deleted');
    if (!isGone) throw error;
  }
  throw new BuildFailure(`The builder remembers no build ${ref}.`);
}

/**
 * The status stream ends a moment before the record is complete. BuildKit 0.13 writes when a build
 * ended before it writes how.
 */
async function completedRecord(
  connection: Connection,
  ref: string,
  signal: AbortSignal,
): Promise<BuildHistoryRecord> {
  for (let tries = 0; ; tries++) {
    const { record, isComplete } = await recordAsItIs(connection, ref, signal);
    if (isComplete || tries >= 50) return record;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
