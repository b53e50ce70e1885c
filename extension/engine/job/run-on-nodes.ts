/**
 * One build on several nodes of a builder, each of which builds the platforms that are its own.
 *
 * An image that is pushed goes to its repository from each node without a tag; what joins them is
 * an index of all that the nodes' indexes hold, which is then stored under the tags. Files go into
 * one folder, where each platform has its own. Everything else stays on its node.
 */
import { formatAddress } from '../../../proto/client/address';
import type { NodeShare } from '../../../proto/client/builders/resolve-builder';
import { ProfileError, type ResolvedProfile } from '../profile/profile';
import { outputsOfShare, pushedNames } from '../request/share-outputs';
import { runOnNode, type RunEnd, type RunOptions } from './run-on-node';

/**
 * @param shares at least two
 * @returns the end of the first node's build, with the digest of what was merged; where one fails,
 *   the others are stopped and its end is the build's
 * @throws as `runOnNode`, and RegistryError when the results cannot be merged
 */
export async function runOnNodes(
  options: RunOptions,
  profile: ResolvedProfile,
  shares: readonly NodeShare[],
): Promise<RunEnd> {
  if (profile.uploads !== undefined) {
    throw new ProfileError(
      'Standard input can be read by one node only; put the context into a folder, ' +
        'or build for one platform at a time.',
    );
  }
  const outputs = outputsOfShare(profile);
  const names = pushedNames(profile);
  for (const { name, platforms } of shares) {
    options.events.output(`${platforms.join(', ')} on node ${name}\n`);
  }
  const group = new AbortController();
  const signal = AbortSignal.any([options.signal ?? group.signal, group.signal]);
  const ends = await Promise.all(
    shares.map(async ({ address, platforms }) => {
      const share: ResolvedProfile = {
        ...profile,
        ...outputs,
        isShare: true,
        builder: formatAddress(address),
        platforms,
      };
      try {
        const end = await runOnNode({ ...options, thread: undefined, load: false, signal }, share);
        if (end.outcome !== 'succeeded') group.abort();
        return end;
      } catch (error) {
        group.abort();
        throw error;
      }
    }),
  );
  const end =
    ends.find(({ outcome }) => outcome === 'failed') ??
    ends.find(({ outcome }) => outcome === 'cancelled') ??
    ends[0];
  if (end === undefined) throw new Error('a build on no node');
  if (end.outcome !== 'succeeded' || names.length === 0) return end;
  options.events.output(`merging ${names.join(', ')}\n`);
  const digests = ends.flatMap(({ exported }) => exported.get('containerimage.digest') ?? []);
  // Most builds are on one node, and speak to no registry themselves.
  const { mergeImages } = await import('./merge-images');
  const merged = await mergeImages({ names, digests, profile, env: options.env, signal });
  return { ...end, exported: new Map([['containerimage.digest', merged]]) };
}
