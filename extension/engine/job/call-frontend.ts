/**
 * Asks the frontend of a Dockerfile about it in place of building: checks, outline, targets. The
 * job is an internal one, so it is in no list of builds.
 */
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { BuildFailure } from '../input/build-input';
import { inputFor } from '../input/input-for';
import { resolveProfile, type ResolvedProfile } from '../profile/profile';
import { type JobEvents } from './build-job';
import { startJob, type StartOptions } from './start-job';

/** The frontend's answer by key, e.g. `result.json`, `result.txt`, `result.statuscode`. */
export type CallAnswer = ReadonlyMap<string, string>;

export type CallOptions = {
  readonly profile: LaunchAttributes;
  /** As the frontend knows it, without `frontend.`: `lint`, `outline`, `targets`. */
  readonly method: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly events: JobEvents;
  readonly uploads?: ResolvedProfile['uploads'];
  readonly signal?: AbortSignal;
  readonly thread?: StartOptions['thread'];
};

/** Frontends that do not know a question say so, instead of building. */
const subrequests = 'moby.buildkit.frontend.subrequests+forward';

/**
 * @throws ProfileError, BuildFailure when there is nothing to ask about
 * @throws BuildkitError when the frontend refuses, ConnectError when there is no BuildKit
 */
export async function callFrontend(options: CallOptions): Promise<CallAnswer> {
  const { method, cwd, env, events, signal, uploads, thread } = options;
  const resolved = await resolveProfile({ ...options.profile, outputs: [], tags: [] }, cwd);
  const profile = { ...resolved, ...(uploads === undefined ? {} : { uploads }) };
  const input = await inputFor(profile);
  if (input.attributes === undefined) {
    throw new BuildFailure('Only Dockerfiles have a frontend that can be asked.');
  }
  const job = await startJob({ profile, input, env, cwd, events, signal, thread, internal: true });
  try {
    await job.gateway.ping({ signal });
    const { metadata } = await job.gateway.solve(
      {
        frontend: 'dockerfile.v0',
        frontendOpt: new Map([
          ...Object.entries({ ...input.attributes, ...job.attributes }),
          ['frontend.caps', subrequests],
          ['requestid', `frontend.${method}`],
        ]),
      },
      { signal },
    );
    const decoder = new TextDecoder();
    return new Map([...metadata].map(([key, value]) => [key, decoder.decode(value)]));
  } finally {
    await job.cancel();
  }
}
