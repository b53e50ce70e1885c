/** Asks a builder whether it still has the result of an earlier build of the same closure. */
import { textOf, type BuiltOutput } from '../../../language-server/derivation';
import { definitionFromPb, platformFromPb } from '../../../proto/model/unmarshal';
import { BuildFailure, type BuildInput } from '../input/build-input';
import { expandVariables } from '../input/expand-variables';
import { cancelOnAbort } from '../job/cancel-on-abort';
import type { BuildEnd } from '../job/build-job';
import { gatewayResolver } from '../job/gateway-resolver';
import { startJob, type StartOptions } from '../job/start-job';
import type { DerivationInput } from './derivation-input';
import { stampOf, type KnownBuild } from './known-build';
import { toolsImage } from './tools-image';

/**
 * What was seen of the outputs, if this builder has the result that it was seen in. Else undefined: the
 * build is then to be done as if nothing were known, and finds most of it in the cache.
 * @throws ConnectError when there is no BuildKit
 * @throws the reason of the signal when that is aborted
 */
export async function stillBuilt(
  known: KnownBuild,
  input: DerivationInput,
  options: Omit<StartOptions, 'input'>,
): Promise<readonly BuiltOutput[] | undefined> {
  const { signal } = options;
  const profile = { ...options.profile, outputs: [] };
  const job = await startJob({ ...options, profile, input: askedAgain(known, input, options) });
  const release = cancelOnAbort(job, signal);
  try {
    const { results } = await job.define();
    const [root] = results[0]?.definition.ops.at(-1)?.op.inputs ?? [];
    if (root === undefined) throw new BuildFailure('the remembered build has no result');
    const ref = await job.solve(root.digest, root.index, signal);
    const storeDir = textOf(input.opened.closure.storeDir);
    const stamp = await stampOf(job.gateway, ref, storeDir, signal);
    const end: BuildEnd = await job.succeed();
    return end.outcome === 'succeeded' && stamp === known.stamp ? known.outputs : undefined;
  } catch (error) {
    await job.cancel();
    signal?.throwIfAborted();
    // Whatever is in the way is met again, and told, by the build itself.
    if (error instanceof Error) return undefined;
    throw error;
  } finally {
    release();
  }
}

/** The same question as in the earlier build, on the folders that this one has. */
function askedAgain(
  { workers, tools, entitlements, request }: KnownBuild,
  input: DerivationInput,
  { profile, env }: Omit<StartOptions, 'input'>,
): BuildInput {
  return {
    ...{ kind: 'derivation', path: input.path, text: input.text, entitlements },
    ...{ directories: input.directories, stored: input.stored, further: input.further },
    secrets: input.secrets,
    preview: () => Promise.resolve({ results: [] }),
    define: async ({ gateway, info }) => {
      const [worker] = info.workers;
      const platform = worker?.platforms.map(platformFromPb)[0];
      const own = platform ?? { os: 'linux', architecture: 'amd64' };
      const { ref, digest } = await toolsImage(profile.tools, env, gatewayResolver(gateway), own);
      const isSame =
        info.workers.map(({ id }) => id).join(' ') === workers.join(' ') &&
        ref === tools.ref &&
        digest === tools.digest;
      if (!isSame) throw new BuildFailure('the remembered build is one of another builder');
      const results = [{ id: '', definition: definitionFromPb(request) }];
      return { results, metadata: new Map(), notes: [] };
    },
    pathOfSource: (filename) => input.pathOfSource(filename),
    outline: () => undefined,
    contextAt: () => Promise.resolve(undefined),
    expand: expandVariables,
    assign: () => input.assign(),
    arguments: () => Promise.resolve([]),
  };
}
