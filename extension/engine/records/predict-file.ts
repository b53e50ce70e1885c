/** What a build of a file would do now, asked of its builder without running anything. */
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { inputFor } from '../input/input-for';
import { startJob } from '../job/start-job';
import { resolveProfile } from '../profile/profile';
import type { StepPrediction } from './predict';
import { outlookOf, type PlannedBuild } from './predict-build';
import { Snapshots } from './snapshots';

export type PredictOptions = {
  readonly profile: LaunchAttributes;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Text in place of the file's. */
  readonly unsaved?: string;
  readonly signal?: AbortSignal;
};

/**
 * @param edited files that count as changed, whatever they hold; absolute
 * @throws ProfileError, BuildFailure, BuildkitError when the file makes no build
 * @throws ConnectError when there is no BuildKit
 */
export async function predictFile(
  options: PredictOptions,
  edited?: readonly string[],
): Promise<readonly StepPrediction[]> {
  const { predict } = await outlookOf(await planFile(options), options.signal);
  return predict(edited);
}

/** Asks the builder what it would build, and what it keeps. @throws as {@link predictFile} */
export async function planFile(options: PredictOptions): Promise<PlannedBuild> {
  const { cwd, env, unsaved, signal } = options;
  const profile = await resolveProfile({ ...options.profile, outputs: [], tags: [] }, cwd);
  const input = await inputFor(profile, unsaved);
  const events = { output: () => undefined };
  const job = await startJob({ profile, input, env, cwd, events, signal, internal: true });
  try {
    const usage = job.control.diskUsage({}, signal === undefined ? {} : { signal });
    const [{ record }] = await Promise.all([usage, job.define()]);
    return {
      definitions: job.definitions,
      file: input.path,
      directories: input.directories,
      session: job.sessionId,
      ...(input.stored === undefined ? {} : { stored: input.stored }),
      workers: job.workers,
      importsCache: (profile.cacheFrom ?? []).length > 0,
      snapshots: new Snapshots(record),
    };
  } finally {
    await job.cancel();
  }
}
