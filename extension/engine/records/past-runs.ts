/** How a step went in the builds of the past. */
import type { PastRun } from '../../../proto/messages/webview';
import { durationOf, type BuildRecord, type VertexRecord } from './build-record';

/** Runs told of at most. */
const most = 50;

/**
 * The newest first. A step is followed through edits by its name and stage; where one build has
 * several of that name, by its neutral digest.
 */
export function pastRuns(
  records: readonly BuildRecord[],
  file: string,
  step: Pick<VertexRecord, 'neutral' | 'name'> & { readonly group?: string | undefined },
): readonly PastRun[] {
  const runs = records.flatMap((record): PastRun[] => {
    if (record.file !== file) return [];
    const named = record.vertices.filter(
      ({ name, group }) => name === step.name && group === step.group,
    );
    const found = record.vertices.find(({ neutral }) => neutral === step.neutral) ?? named[0];
    if (found === undefined) return [];
    const { state } = found;
    if (state !== 'done' && state !== 'cached' && state !== 'failed') return [];
    const duration = durationOf(found);
    return [{ finished: record.finished, state, ...(duration === undefined ? {} : { duration }) }];
  });
  return runs.slice(0, most);
}
