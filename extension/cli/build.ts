/** `llb-lens build`: runs one build, with plain progress on stderr and what was made on stdout. */
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import { parseProfile, ProfileError } from '../engine/profile';
import { runBuild } from '../engine/run-build';
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
  const outcome = await runBuild({
    profile: buildProfile(context, flags),
    cwd: process.cwd(),
    signal,
    events: {
      output: (text) => {
        if (!flags.quiet) void to.progress(text);
      },
    },
  });
  const exported = Object.fromEntries(outcome.exporterResponse);
  if (flags.json) {
    await to.out(`${JSON.stringify({ outcome: outcome.outcome, exported }, undefined, 2)}\n`);
  } else {
    const digest = exported['containerimage.digest'];
    if (digest !== undefined) await to.out(`${digest}\n`);
  }
  if (outcome.outcome === 'cancelled') return ExitCode.interrupted;
  if (outcome.outcome === 'failed') {
    throw new CliError(ExitCode.failed, outcome.message ?? 'the build failed');
  }
  return ExitCode.good;
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
  const { context: folder, file } = wanted;
  if (folder === undefined && file === undefined) {
    throw new CliError(ExitCode.usage, 'name the context to build, for example: llb-lens build .');
  }
  try {
    return parseProfile(wanted);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    throw new CliError(ExitCode.usage, error.message);
  }
}
