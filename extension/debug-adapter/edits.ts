/** Edit and continue: the build anew from another text or other arguments, and where threads go on. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { commonSubsequence } from '../../proto/model/common-subsequence';
import type { Definition } from '../../proto/model/definition';
import type { BuildInput } from '../engine/input/build-input';
import { BuildFailure } from '../engine/input/build-input';
import type { BuildJob } from '../engine/job/build-job';
import { inputFor } from '../engine/input/input-for';
import type { ResolvedProfile } from '../engine/profile/profile';
import type { Site } from '../engine/debug/site';
import type { Program, Track, TrackStatement } from '../engine/debug/program';
import type { LiveBuild } from './live-build';

export type Change = {
  /** The file that changed; the build's own where it is left out. */
  readonly path?: string;
  /** Its new text; the disk's where it is left out. */
  readonly text?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
};

/**
 * The build's input with a change made to it; undefined where nothing changes.
 * @throws BuildFailure, or the file system's error when it cannot be built
 */
export async function editedInput(
  { profile, input }: LiveBuild,
  { path = input.path, text, buildArgs }: Change,
  cwd: string,
): Promise<{ readonly profile: ResolvedProfile; readonly input: BuildInput } | undefined> {
  if (resolve(cwd, path) !== input.path) return undefined;
  const now = Buffer.from(input.text).toString('utf8');
  const then = text ?? (buildArgs === undefined ? await readFile(input.path, 'utf8') : now);
  if (then === now && buildArgs === undefined) return undefined;
  const changed: ResolvedProfile =
    buildArgs === undefined
      ? profile
      : { ...profile, buildArgs: { ...profile.buildArgs, ...buildArgs } };
  // The text always goes along: BuildKit reads a local file once a job, and has read it already.
  const edited = await inputFor(changed, then);
  const { refusal } = await edited.preview();
  if (refusal !== undefined) throw new BuildFailure(refusal);
  return { profile: changed, input: edited };
}

/** Where a statement of the old program stands in the new track: itself, or what took its place. */
export function placeAfterEdit({ track: before, index }: TrackStatement, after: Track): number {
  const pairs = commonSubsequence(before.statements, after.statements, isSame);
  const own = pairs.find(([old]) => old === index);
  if (own !== undefined) return own[1];
  const above = pairs.findLast(([old]) => old < index);
  return above === undefined ? 0 : above[1] + 1;
}

/** Where a site of the old program is in the new one; undefined where its track is gone. */
export function siteAfterEdit(
  { statement, moment, failure }: Site,
  after: Program,
): Site | undefined {
  const track = after.tracks.find(({ key }) => key === statement.track.key);
  const now = track?.statements[placeAfterEdit(statement, track)];
  if (now === undefined) return undefined;
  return now.step?.digest === statement.step?.digest
    ? { statement: now, moment, failure }
    : { statement: now, moment: 'before' };
}

function isSame(a: TrackStatement, b: TrackStatement): boolean {
  return a.text === b.text;
}

/** What an edit means for what has run, in one line for the console. */
export function rerunText(before: readonly Definition[], job: BuildJob, program: Program): string {
  const known = new Set(before.flatMap(({ ops }) => ops.map(({ digest }) => digest)));
  const changed = program.tracks
    .flatMap(({ statements }) => statements)
    .filter(({ step }) => step !== undefined && !known.has(step.digest));
  const done = program.tracks
    .flatMap(({ statements }) => statements)
    .filter(({ step }) => step !== undefined && known.has(step.digest) && job.isDone(step));
  const lines = [...new Set(changed.map(({ firstLine }) => firstLine))].sort((a, b) => a - b);
  const again =
    lines.length === 0
      ? 'no step has to run again'
      : `steps that run anew: line${lines.length === 1 ? '' : 's'} ${lines.join(', ')}`;
  return `Compiled again: ${again}; ${done.length} finished step${done.length === 1 ? '' : 's'} kept.\n`;
}
