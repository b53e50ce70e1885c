/** A whole build in one call, for callers that only want it run: no stops, no shells. */
import type { LaunchAttributes } from '../../proto/messages/debug-adapter';
import { BuildkitError } from '../../proto/client/buildkit-error';
import { BuildFailure } from './build-input';
import type { BuildEnd, JobEvents } from './build-job';
import { explain } from './explain';
import { inputFor } from './input-for';
import { resolveProfile } from './profile';
import { startJob } from './start-job';

export type RunOptions = {
  readonly profile: LaunchAttributes;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly events: JobEvents;
  /** Text to build in place of the file's. */
  readonly unsaved?: string;
  /** Stops the build; nothing of it runs on. */
  readonly signal?: AbortSignal;
};

/** How a run ended, and for a failure what explains it in detail, such as its place in the file. */
export type RunEnd = BuildEnd & { readonly error?: BuildkitError | BuildFailure };

/**
 * Builds and exports.
 * @returns how it ended; a failure's message is for the user
 * @throws ProfileError, BuildFailure when there is nothing that can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function runBuild(options: RunOptions): Promise<RunEnd> {
  const { cwd, env, events, signal, unsaved } = options;
  const profile = await resolveProfile(options.profile, cwd);
  const input = await inputFor(profile, unsaved);
  const { refusal } = await input.preview();
  if (refusal !== undefined) throw new BuildFailure(refusal);
  const job = await startJob({ profile, input, env, cwd, events, signal });
  const stop = () => void job.cancel();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted === true) return await job.cancel();
    await job.define();
    await job.runAll();
    return await job.succeed();
  } catch (error) {
    if (signal?.aborted === true) return await job.cancel();
    if (error instanceof BuildkitError || error instanceof BuildFailure) {
      return { ...(await job.fail(explain(error))), error };
    }
    await job.cancel();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
