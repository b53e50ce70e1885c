/** How the steps of a file went in its last build, for those who look at its text. */
import type { PastStep } from '../../../proto/messages/language-server';
import { durationOf, type BuildRecord, type VertexRecord } from './build-record';

/** What the builder keeps of a step that ran, in bytes; undefined for what it does not keep. */
export type SizeOf = (run: VertexRecord) => number | undefined;

/**
 * The steps of the last build of a file. One that was cached then tells of the newest older build
 * in which it ran.
 * @param records the newest first
 * @param file absolute
 */
export function pastSteps(
  records: readonly BuildRecord[],
  file: string,
  sizeOf: SizeOf,
): readonly PastStep[] {
  const own = records.filter((record) => record.file === file);
  const [last] = own;
  if (last === undefined) return [];
  return last.vertices.flatMap((vertex): PastStep[] => {
    const { neutral, name, group, state, internal } = vertex;
    if (internal || (state !== 'done' && state !== 'cached' && state !== 'failed')) return [];
    const ran = own
      .filter(({ builder }) => builder === last.builder)
      .flatMap(({ vertices }) => vertices.filter((one) => one.neutral === neutral))
      .find((one) => durationOf(one) !== undefined);
    const duration = ran && durationOf(ran);
    const size = ran && sizeOf(ran);
    return [
      {
        node: neutral,
        name,
        ...(group === undefined ? {} : { group }),
        state,
        finished: last.finished,
        ...(duration === undefined ? {} : { duration }),
        ...(size === undefined ? {} : { size }),
      },
    ];
  });
}
