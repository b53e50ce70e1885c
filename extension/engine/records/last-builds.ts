/** The last build of a file and the one before it on the same builder. */
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
