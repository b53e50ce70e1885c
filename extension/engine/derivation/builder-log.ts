/**
 * What a derivation's builder said, whole. BuildKit keeps 2 MiB of a step's log, 200 KiB of a second of
 * it, and tells nothing of one that is cached; the runner leaves all of it beside the outputs.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  baseName,
  BUSYBOX,
  FULL_LOG,
  LOG_NAME,
  RUNNER,
  textOf,
} from '../../../language-server/derivation';
import * as ops from '../../../proto/generated/ops';
import type { Definition } from '../../../proto/model/definition';
import { BuildkitError, isMissingFile } from '../../../proto/client/buildkit-error';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { BuildFailure } from '../input/build-input';
import { cancelOnAbort } from '../job/cancel-on-abort';
import type { BuildJob } from '../job/build-job';
import { startJob } from '../job/start-job';
import { resolveProfile } from '../profile/profile';
import type { ClosureBuildOptions } from './build-closure';
import { derivationInput, type DerivationInput } from './derivation-input';
import { newContainerId } from '../shell/open-shell';
import { stepFailure } from '../failure/step-failure';
import { explainDerivation, LOG_LINES } from './explain-derivation';
import { failedDownload } from './failed-download';

export type BuilderLog = {
  /** Empty where it said nothing, or where its outputs came from a binary cache. */
  readonly text: string;
  /** Why it was not built; the text is then what its builder said until then, or that of an input of it. */
  readonly failure?: string;
};

/**
 * Builds a derivation, where the builder has not its result already, for what it says.
 * @throws ProfileError, BuildFailure when nothing of it can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function builderLog(
  options: Omit<ClosureBuildOptions, 'each' | 'cache' | 'known'>,
): Promise<BuilderLog> {
  const { file, storeDir, builder, settings, cwd, env, events, signal } = options;
  const attributes: LaunchAttributes = {
    ...settings,
    derivation: file,
    ...(storeDir === undefined ? {} : { context: storeDir }),
    ...(builder === undefined ? {} : { builder }),
  };
  const profile = await resolveProfile(attributes, cwd);
  if (profile.source.kind !== 'derivation') throw new Error('not a derivation');
  const input = await derivationInput(profile, profile.source, undefined, env);
  const { refusal } = await input.preview();
  if (refusal !== undefined) throw new BuildFailure(refusal);
  const job = await startJob({ profile, input, env, cwd, events, signal });
  const release = cancelOnAbort(job, signal);
  try {
    const text = await builtLog(job, input);
    await job.succeed();
    return { text };
  } catch (error) {
    if (!(error instanceof BuildkitError) || signal?.aborted === true) {
      await job.cancel();
      signal?.throwIfAborted();
      throw error;
    }
    const download = await failedDownload(job, input.soFar(), { error });
    const text = await logOfFailed(job, error, input.soFar());
    // Whoever has all of it needs no part of it repeated.
    const failure = await explainDerivation(error, job, text === '' ? LOG_LINES : 0, download);
    await job.fail(failure);
    return { text, failure };
  } finally {
    release();
  }
}

async function builtLog(job: BuildJob, input: DerivationInput): Promise<string> {
  for (;;) {
    try {
      await job.define();
      const [output] = input.built().outputs;
      if (output === undefined) return '';
      const ref = await job.solve(output.digest, output.index);
      const filePath = `/${textOf(baseName(input.opened.closure.storeDir))}/${LOG_NAME}`;
      return await readPacked(job, { ref, filePath });
    } catch (error) {
      if (!input.recover(error)) throw error;
    }
  }
}

/** What the builder of the step that failed said, from what BuildKit keeps of its root file system. */
async function logOfFailed(
  job: BuildJob,
  error: BuildkitError,
  definition: Definition | undefined,
): Promise<string> {
  const { digest, mountIds, inputIds } = stepFailure(error);
  const entry = definition?.ops.find((one) => one.digest === digest);
  if (entry?.op.op.kind !== 'exec' || !entry.op.op.meta.args.includes(RUNNER)) return '';
  const mounts = (ops.Op.decode(entry.bytes).exec?.mounts ?? []).flatMap((mount, at) => {
    if (mount.dest !== '/') return [];
    const resultId = [mountIds[at], inputIds[Number(mount.input)]].find(
      (id) => id !== undefined && id !== '',
    );
    return resultId === undefined
      ? []
      : [{ dest: mount.dest, selector: mount.selector, resultId, readonly: mount.readonly }];
  });
  if (mounts.length === 0) return '';
  const containerId = newContainerId();
  await job.gateway.newContainer({ containerId, mounts });
  try {
    const meta = { args: [BUSYBOX, 'cat', FULL_LOG], env: [], cwd: '/' };
    const cat = job.gateway.exec({ containerId, meta }, { stdin: false });
    const pieces: Uint8Array[] = [];
    for await (const { fd, data } of cat.output) if (fd === 1) pieces.push(data);
    await cat.exit;
    return Buffer.concat(pieces).toString();
  } finally {
    // A process that has ended takes its container with it.
    await job.gateway.releaseContainer(containerId).catch(() => undefined);
  }
}

async function readPacked(
  { gateway }: BuildJob,
  at: { readonly ref: string; readonly filePath: string },
): Promise<string> {
  try {
    return (await promisify(gunzip)(await gateway.readFile(at))).toString();
  } catch (error) {
    if (isMissingFile(error)) return '';
    throw error;
  }
}
