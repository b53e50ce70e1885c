/**
 * Builds a closure and looks at what came out: each output's path, NAR hash and references. The result
 * travels as a tar archive through a private file.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtOutputs, treeOfTar, type BuiltOutput } from '../../../language-server/derivation';
import { BuildkitError } from '../../../proto/client/buildkit-error';
import type { LaunchAttributes } from '../../../proto/messages/debug-adapter';
import { BuildFailure } from '../build-input';
import type { JobEvents } from '../build-job';
import { derivationInput } from '../derivation-input';
import { resolveProfile } from '../profile';
import { startJob } from '../start-job';
import { exitCodeOf, explainDerivation } from './explain-derivation';

export type ClosureBuildOptions = {
  /** The `.drv` file to build. */
  readonly file: string;
  /** Where inputs and sources lie besides the file's own folder. */
  readonly storeDir?: string;
  readonly builder?: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly events: JobEvents;
  readonly signal?: AbortSignal;
};

export type ClosureBuild =
  | { readonly outcome: 'built'; readonly outputs: readonly BuiltOutput[] }
  | { readonly outcome: 'cancelled' }
  | {
      readonly outcome: 'failed';
      readonly message: string;
      /** The runner's, or the builder's own. */
      readonly exitCode: number | undefined;
    };

/**
 * @throws ProfileError, BuildFailure when there is nothing that can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function buildClosure(options: ClosureBuildOptions): Promise<ClosureBuild> {
  const { cwd, env, events, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'llb-lens-drv-'));
  const archive = join(folder, 'result.tar');
  try {
    const attributes: LaunchAttributes = {
      derivation: options.file,
      ...(options.storeDir === undefined ? {} : { context: options.storeDir }),
      outputs: [`type=tar,dest=${archive}`],
      ...(options.builder === undefined ? {} : { builder: options.builder }),
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
      for (;;) {
        try {
          await job.define();
          await job.runAll();
          break;
        } catch (error) {
          if (!input.recover(error)) throw error;
        }
      }
      const end = await job.succeed();
      if (end.outcome === 'cancelled') return { outcome: 'cancelled' };
      if (end.outcome === 'failed') {
        return { outcome: 'failed', message: end.message ?? 'failed', exitCode: undefined };
      }
      const tree = treeOfTar(await readFile(archive));
      const { outputs, derivationAt } = input.built();
      return { outcome: 'built', outputs: builtOutputs(outputs, derivationAt, tree) };
    } catch (error) {
      if (signal?.aborted === true) {
        await job.cancel();
        return { outcome: 'cancelled' };
      }
      if (!(error instanceof BuildkitError) && !(error instanceof BuildFailure)) {
        await job.cancel();
        throw error;
      }
      const exitCode = exitCodeOf(error);
      const message = explainDerivation(error, (digest) => job.log(digest, 0).text);
      await job.fail(message);
      return { outcome: 'failed', message, exitCode };
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
