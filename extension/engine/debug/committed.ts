/**
 * Waits until the result of a step is committed.
 *
 * BuildKit commits a result's snapshot when the next step begins on it, within that step's call. A
 * call that is cancelled just then leaves a cache record whose snapshot is gone ("failed to stat
 * active key during commit"; seen with containerd's snapshots in BuildKit 0.25), and every later
 * build that meets the record fails until it is pruned. A container on the result commits it too, or
 * waits for whoever does, and nobody cancels that.
 */
import type { BuildJob } from '../job/build-job';
import { newContainerId } from '../shell/open-shell';
import type { Step } from './steps';

/**
 * @param step one that has run
 * @throws BuildkitError when the job is over
 */
export async function committed(job: BuildJob, { digest }: Step): Promise<void> {
  const resultId = await job.solve(digest);
  if (resultId === '') return;
  const containerId = newContainerId();
  await job.gateway.newContainer({ containerId, mounts: [{ dest: '/', resultId }] });
  await job.gateway.releaseContainer(containerId);
}
