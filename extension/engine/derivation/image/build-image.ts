/** Builds an image from installables and exports it. */
import { byteStringOfText, type ByteString } from '../../../../language-server/derivation';
import { openInstallables } from '../../../../language-server/server/store-reader';
import { BuildkitError } from '../../../../proto/client/buildkit-error';
import type { LaunchAttributes } from '../../../../proto/messages/debug-adapter';
import { BuildFailure } from '../../input/build-input';
import { cancelOnAbort } from '../../job/cancel-on-abort';
import type { BuildEnd, JobEvents } from '../../job/build-job';
import { explainDerivation, LOG_LINES } from '../explain-derivation';
import { failedDownload } from '../failed-download';
import { ProfileError } from '../../profile/profile';
import { startJob } from '../../job/start-job';
import type { Installables } from '../evaluation/evaluate';
import type { ImageConfig } from './image-config';
import { ImageInput } from './image-input';
import { DEFAULT_LAYERS } from './image-of';

export type ImageBuildOptions = {
  readonly installables: Installables;
  readonly config: ImageConfig;
  readonly layers?: number;
  readonly links?: boolean;
  readonly copies?: boolean;
  /** Where inputs and sources lie besides the files' own folders. */
  readonly storeDir?: string;
  /** Builder, tags, outputs, caches. */
  readonly profile: Omit<LaunchAttributes, 'derivation' | 'file' | 'context'>;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly events: JobEvents;
  readonly signal?: AbortSignal;
};

/**
 * @returns how it ended; a failure's message is for the user
 * @throws ProfileError, BuildFailure when there is nothing that can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function buildImage(options: ImageBuildOptions): Promise<BuildEnd> {
  const { installables, config, cwd, env, events, signal } = options;
  const files = installables.drvs.map(({ file }) => file);
  const [first] = [...files, ...installables.paths];
  if (first === undefined) throw new ProfileError('Name something to make an image of.');
  const opened = await openInstallables(files, installables.paths, {
    ...(options.storeDir === undefined ? {} : { storeDir: options.storeDir }),
    ...(signal === undefined ? {} : { signal }),
  });
  const outputs = new Map<ByteString, readonly ByteString[]>();
  for (const [at, { outputs: names }] of installables.drvs.entries()) {
    const root = opened.closure.roots[at];
    if (root !== undefined && names !== undefined) outputs.set(root, names.map(byteStringOfText));
  }
  const profile = {
    ...options.profile,
    source: { kind: 'derivation', file: first } as const,
  };
  const input = new ImageInput(profile, first, opened, env, {
    config,
    layers: options.layers ?? DEFAULT_LAYERS,
    links: options.links ?? true,
    copies: options.copies ?? false,
    paths: opened.paths,
    outputs,
  });
  const { refusal } = await input.preview();
  if (refusal !== undefined && files.length > 0) throw new BuildFailure(refusal);
  const job = await startJob({ profile, input, env, cwd, events, signal, load: true });
  const release = cancelOnAbort(job, signal);
  try {
    for (;;) {
      try {
        const { notes } = await job.define();
        for (const note of notes) events.output(`${note}\n`);
        // Before the end, after which there is no other way to what cannot be fetched.
        await job.runAll();
        break;
      } catch (error) {
        // What turns out not to be in a cache after all is built.
        if (!input.recover(error)) throw error;
      }
    }
    return await job.succeed();
  } catch (error) {
    if (signal?.aborted === true) return await job.cancel();
    if (!(error instanceof BuildkitError) && !(error instanceof BuildFailure)) {
      await job.cancel();
      throw error;
    }
    const download = await failedDownload(job, input.soFar(), { error });
    return await job.fail(await explainDerivation(error, job, LOG_LINES, download));
  } finally {
    release();
  }
}
