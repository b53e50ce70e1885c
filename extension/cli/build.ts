/** `llb-lens build`: runs one build, with plain progress on stderr and what was made on stdout. */
import { isAbsolute, relative } from 'node:path';
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import { parseProfile, ProfileError } from '../engine/profile';
import { runBuild, type RunEnd } from '../engine/run-build';
import type { Console } from './console';
import { CliError, ExitCode } from './exit-code';
import { type ProfileFlags, profileOf } from './profile-options';

export type BuildFlags = ProfileFlags & {
  readonly file?: string;
  readonly tag: readonly string[];
  readonly output: readonly string[];
  readonly quiet: boolean;
  readonly builder?: string;
  readonly json: boolean;
};

export async function build(
  context: string | undefined,
  flags: BuildFlags,
  to: Console,
  signal: AbortSignal,
): Promise<number> {
  const profile = buildProfile(context, flags);
  const end = await runBuild({
    profile,
    cwd: process.cwd(),
    env: process.env,
    signal,
    events: progressTo(to, flags.quiet),
  });
  if (end.outcome === 'failed') throw buildError(end);
  const exported = Object.fromEntries(end.exported);
  if (flags.json) {
    await to.out(`${JSON.stringify({ outcome: end.outcome, exported }, undefined, 2)}\n`);
  } else if (exported['containerimage.digest'] !== undefined) {
    await to.out(`${exported['containerimage.digest']}\n`);
  }
  return end.outcome === 'cancelled' ? ExitCode.interrupted : ExitCode.good;
}

/** The engine's events when only the progress text is wanted. */
export function progressTo(to: Console, quiet = false) {
  return {
    graph: () => undefined,
    patch: () => undefined,
    output: (text: string) => {
      if (!quiet) void to.progress(text);
    },
  };
}

/** What failed, and where; the place is told as the user sees it from here. */
export function buildError({ message, place }: RunEnd): CliError {
  return new CliError(
    ExitCode.failed,
    message ?? 'the build failed',
    place === undefined ? {} : { place: { ...place, file: fromHere(place.file) } },
  );
}

/** Relative where the file lies below the working folder, else absolute. */
function fromHere(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path;
}

/** @throws CliError (usage) when the options make no profile */
function buildProfile(context: string | undefined, flags: BuildFlags): LaunchAttributes {
  const wanted = {
    ...profileOf(flags),
    ...(context === undefined ? {} : { context }),
    ...(flags.file === undefined ? {} : { file: flags.file }),
    ...(flags.tag.length === 0 ? {} : { tags: flags.tag }),
    ...(flags.output.length === 0 ? {} : { outputs: flags.output }),
    ...(flags.builder === undefined ? {} : { builder: flags.builder }),
  };
  if (wanted.context === undefined && wanted.file === undefined) {
    throw new CliError(ExitCode.usage, 'name the context to build, for example: llb-lens build .');
  }
  try {
    return parseProfile(wanted);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    throw new CliError(ExitCode.usage, error.message);
  }
}
