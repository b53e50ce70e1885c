/** A signal as a reason to give a job up. */
import type { BuildJob } from './build-job';

/** Cancels the job once the signal is aborted. @returns ends that, once the job is over */
export function cancelOnAbort(job: Pick<BuildJob, 'cancel'>, signal?: AbortSignal): () => void {
  const stop = () => void job.cancel();
  signal?.addEventListener('abort', stop, { once: true });
  return () => signal?.removeEventListener('abort', stop);
}
