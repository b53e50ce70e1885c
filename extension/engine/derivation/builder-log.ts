/**
 * What a derivation's builder said, whole. BuildKit keeps 2 MiB of a step's log, 200 KiB of a second of
 * it, and tells nothing of one that is cached; the runner leaves all of it beside the outputs.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { baseName, LOG_NAME, textOf } from '../../../language-server/derivation';
import { BuildkitError, isMissingFile } from '../../../proto/client/buildkit-error';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { BuildFailure } from '../input/build-input';
import type { BuildJob } from '../job/build-job';
import { startJob } from '../job/start-job';
import { resolveProfile } from '../profile/profile';
import type { ClosureBuildOptions } from './build-closure';
import { derivationInput, type DerivationInput } from './derivation-input';
import { explainDerivation, LOG_LINES } from './explain-derivation';
import { failedDownload } from './failed-download';

/**
 * Builds a derivation, where the builder has not its result already, for what it says.
 * @returns its log; empty where it said nothing, or where its outputs came from a binary cache
 * @throws ProfileError, BuildFailure when it cannot be built
 * @throws ConnectError when there is no BuildKit
 */
export async function builderLog(
  options: Omit<ClosureBuildOptions, 'each' | 'cache' | 'known'>,
): Promise<string> {
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
  const stop = () => void job.cancel();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const text = await builtLog(job, input);
    await job.succeed();
    return text;
  } catch (error) {
    if (!(error instanceof BuildkitError) || signal?.aborted === true) {
      await job.cancel();
      signal?.throwIfAborted();
      throw error;
    }
    const download = await failedDownload(job, input.soFar(), { error });
    const logOf = (digest: string): string => job.log(digest, 0).text;
    const message = await explainDerivation(error, logOf, LOG_LINES, download);
    await job.fail(message);
    throw new BuildFailure(message);
  } finally {
    signal?.removeEventListener('abort', stop);
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
