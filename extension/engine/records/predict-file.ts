/** What a build of a file would do now, asked of its builder without running anything. */
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { inputFor } from '../input/input-for';
import { startJob } from '../job/start-job';
import { resolveProfile } from '../profile/profile';
import type { StepPrediction } from './predict';
import { predictBuild } from './predict-build';

export type PredictOptions = {
  readonly profile: LaunchAttributes;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Text in place of the file's. */
  readonly unsaved?: string;
  /** Files that count as changed, whatever they hold; absolute. */
  readonly edited?: readonly string[];
  readonly signal?: AbortSignal;
};

/**
 * @throws ProfileError, BuildFailure, BuildkitError when the file makes no build
 * @throws ConnectError when there is no BuildKit
 */
export async function predictFile(options: PredictOptions): Promise<readonly StepPrediction[]> {
  const { cwd, env, unsaved, edited, signal } = options;
  const profile = await resolveProfile({ ...options.profile, outputs: [], tags: [] }, cwd);
  const input = await inputFor(profile, unsaved);
  const events = { output: () => undefined };
  const job = await startJob({ profile, input, env, cwd, events, signal, internal: true });
  try {
    await job.define();
    return await predictBuild(
      {
        definitions: job.definitions,
        file: input.path,
        directories: input.directories,
        session: job.sessionId,
        ...(input.stored === undefined ? {} : { stored: input.stored }),
        workers: job.workers,
        importsCache: (profile.cacheFrom ?? []).length > 0,
        ...(edited === undefined ? {} : { edited }),
      },
      job.control,
      signal,
    );
  } finally {
    await job.cancel();
  }
}
