/** A whole build on one node, from its profile to its end. */
import { once } from 'node:events';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import type { BuilderAddress } from '../../../proto/client/address';
import { BuildkitError, Code } from '../../../proto/client/buildkit-error';
import type { SourceInfo } from '../../../proto/model/definition';
import type { PreparedSession } from '../../../proto/client/session/start';
import { BuildFailure, type BuildInput } from '../input/build-input';
import { cancelOnAbort } from './cancel-on-abort';
import type { BuildEnd, BuildJob, JobEvents } from './build-job';
import { sourceExcerpt } from '../failure/excerpt';
import { explain } from '../failure/explain';
import type { ProvenanceDetail } from '../history/recorded-provenance';
import { inputFor } from '../input/input-for';
import type { ResolvedProfile } from '../profile/profile';
import { startJob } from './start-job';
import { stepFailure } from '../failure/step-failure';

export type RunOptions = {
  readonly profile: LaunchAttributes;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly events: JobEvents;
  /** Without outputs and tags, keep the image in Docker, as `docker build` does. */
  readonly load?: boolean;
  /** How much of the recorded provenance is told with the exporters' answers; default: nothing. */
  readonly provenance?: ProvenanceDetail | undefined;
  /** Streams that the daemon pulls from us, such as a context on standard input. */
  readonly uploads?: ResolvedProfile['uploads'];
  /** Text to build in place of the file's. */
  readonly unsaved?: string;
  /** Asked once the definition is there, on each node; nothing is built before it resolves. */
  readonly mayRun?: () => Promise<void>;
  /** Stops the build; nothing of it runs on. */
  readonly signal?: AbortSignal;
  /**
   * The thread that is to serve local files, where the caller has started one already. The caller
   * lets it go, since a build on several nodes starts its own.
   */
  readonly thread?: PreparedSession | undefined;
};

/** How a run ended, and for a failure the line in a file that it belongs to, where one is known. */
export type RunEnd = Omit<BuildEnd, 'error'> & {
  /** The node that it ran on. */
  readonly address: BuilderAddress;
  readonly place?: FailurePlace;
};

export type FailurePlace = {
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  /** The line, numbered, among its neighbours; missing where the text is not known. */
  readonly excerpt?: string;
};

/**
 * Builds and exports.
 * @param profile that of the options, resolved
 * @returns how it ended; a failure's message is for the user
 * @throws ProfileError, BuildFailure when there is nothing that can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function runOnNode(options: RunOptions, profile: ResolvedProfile): Promise<RunEnd> {
  const { cwd, env, events, signal, unsaved, load, provenance, mayRun, thread } = options;
  const input = await inputFor(profile, unsaved);
  const refusal = input.refusal === undefined ? (await input.preview()).refusal : input.refusal();
  if (refusal !== undefined) throw new BuildFailure(refusal);
  const job = await startJob({
    profile,
    input,
    env,
    cwd,
    events,
    signal,
    provenance,
    thread,
    ...(load === undefined ? {} : { load }),
  });
  const { address } = job;
  const release = cancelOnAbort(job, signal);
  try {
    if (signal?.aborted === true) return { ...(await job.cancel()), address };
    await job.define();
    if (mayRun !== undefined && !(await isAllowed(mayRun, signal))) {
      return { ...(await job.cancel()), address };
    }
    // The exporters ask for the whole result, so nothing has to be solved before; but a job cannot
    // go on after its end.
    if (input.recover !== undefined) await runRecovering(job, (error) => input.recover?.(error));
    const { error, ...end } = await job.succeed();
    if (!(error instanceof BuildkitError) || end.outcome !== 'failed') return { ...end, address };
    const place = await placeOf(error, job, input);
    const { message } = await job.failureOf(error);
    return { ...end, address, message, ...(place === undefined ? {} : { place }) };
  } catch (error) {
    if (signal?.aborted === true) return { ...(await job.cancel()), address };
    if (error instanceof BuildkitError || error instanceof BuildFailure) {
      const place = error instanceof BuildkitError ? await placeOf(error, job, input) : undefined;
      const text =
        error instanceof BuildkitError ? (await job.failureOf(error)).message : explain(error);
      const end = await job.fail(text);
      return { ...end, address, ...(place === undefined ? {} : { place }) };
    }
    await job.cancel();
    throw error;
  } finally {
    release();
  }
}

/** Waits for leave to go on; false where the build is stopped meanwhile. */
async function isAllowed(
  mayRun: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (signal === undefined) {
    await mayRun();
    return true;
  }
  if (!signal.aborted) await Promise.race([mayRun(), once(signal, 'abort')]);
  return !isOver(signal);
}

/** Asked anew: it changes while others are awaited. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Runs everything; again with a new definition as long as the input knows what to change. */
async function runRecovering(
  job: BuildJob,
  recover: (error: unknown) => boolean | undefined,
): Promise<void> {
  for (;;) {
    try {
      await job.runAll();
      return;
    } catch (error) {
      if (recover(error) !== true) throw error;
      await job.define();
    }
  }
}

/** The place BuildKit names; for a step that it shares with another build, that of our own step. */
async function placeOf(
  error: BuildkitError,
  job: BuildJob,
  input: BuildInput,
): Promise<FailurePlace | undefined> {
  // With the connection the status stream is gone, too; nothing more is to be learned from it.
  if (error.code === Code.unavailable) return undefined;
  const named = error.details.sources.find(({ ranges }) => ranges.length > 0);
  const line = named?.ranges[0]?.start.line;
  if (named !== undefined && line !== undefined) {
    const last = Math.max(...named.ranges.map(({ end }) => end.line));
    return placeIn(named, line, last, input);
  }
  const step = await job.failedStep(stepFailure(error));
  const definition = step === undefined ? undefined : job.definitionOf(step.digest);
  const source = step === undefined ? undefined : definition?.sources[step.source];
  if (step === undefined || source === undefined) return undefined;
  return placeIn(source, step.firstLine, step.lastLine, input);
}

function placeIn(
  { filename, data }: Pick<SourceInfo, 'filename' | 'data'>,
  line: number,
  last: number,
  input: BuildInput,
): FailurePlace {
  const file = input.pathOfSource(filename) ?? filename;
  const text = new TextDecoder().decode(data);
  const excerpt = text === '' ? undefined : sourceExcerpt(text, line, last);
  return { file, line, ...(excerpt === undefined ? {} : { excerpt }) };
}
