/** Two builds to be compared: the last one of a file and the one before it, or any two. */
import type { BuildRecord } from './build-record';
import { BuildFailure } from '../input/build-input';

export type LastBuilds = { readonly before: BuildRecord; readonly after: BuildRecord };

/**
 * @param records the newest first
 * @param file absolute
 * @throws BuildFailure when there are not two
 */
export function lastBuilds(records: readonly BuildRecord[], file: string): LastBuilds {
  const [after, ...older] = records.filter((record) => record.file === file);
  if (after === undefined) throw new BuildFailure(`No build of ${file} is remembered.`);
  const before = older.find(({ builder }) => builder === after.builder);
  if (before !== undefined) return { before, after };
  throw new BuildFailure(`Only one build of ${file} on this builder is remembered.`);
}

/**
 * @param ids of two builds, as the builder's history has them
 * @throws BuildFailure when one of them is not remembered
 */
export function chosenBuilds(
  records: readonly BuildRecord[],
  ids: { readonly earlier: string; readonly later: string },
): LastBuilds {
  return { before: chosenBuild(records, ids.earlier), after: chosenBuild(records, ids.later) };
}

/** @param id as the builder's history has it @throws BuildFailure when it is not remembered */
export function chosenBuild(records: readonly BuildRecord[], id: string): BuildRecord {
  const found = records.find(({ buildId }) => buildId === id);
  if (found === undefined) throw new BuildFailure(`No build ${id} is remembered.`);
  return found;
}
