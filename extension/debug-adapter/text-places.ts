/** Places in the text that printed lines link to. */
import { BuildkitError, Code } from '../../proto/client/buildkit-error';
import type { TrackStatement } from '../engine/debug/program';
import { stepFailure } from '../engine/failure/step-failure';
import { pathOf } from './breakpoints';
import type { Launched } from './launch';
import type { TextPlace } from './narrator';

export function placeIn(statement: TrackStatement): TextPlace | undefined {
  const path = pathOf(statement);
  return path === undefined ? undefined : { path, line: statement.firstLine };
}

/** The first place that BuildKit blames, in a file of ours. */
export function placeOf(error: unknown, { input }: Launched): TextPlace | undefined {
  if (!(error instanceof BuildkitError) || error.code === Code.unavailable) return undefined;
  for (const { filename, ranges } of stepFailure(error).places) {
    const path = input.pathOfSource(filename);
    const line = ranges[0]?.start.line;
    if (path !== undefined && line !== undefined) return { path, line };
  }
  return undefined;
}
