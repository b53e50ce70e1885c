/** A whole build in one call, for callers that only want it run: no stops, no shells. */
import { defaultBuilder } from '../../../proto/client/builders/default-builder';
import type { NodeShare } from '../../../proto/client/builders/resolve-builder';
import { sharesOfBuild } from '../../../proto/client/connect';
import { resolveProfile, type ResolvedProfile } from '../profile/profile';
import { runOnNode, type RunEnd, type RunOptions } from './run-on-node';
import { runOnNodes } from './run-on-nodes';

export type { RunEnd, RunOptions } from './run-on-node';

/**
 * Builds and exports; on several nodes of a builder where no single one builds all platforms.
 * @returns how it ended; a failure's message is for the user
 * @throws ProfileError, BuildFailure when there is nothing that can be built
 * @throws ConnectError when there is no BuildKit
 */
export async function runBuild(options: RunOptions): Promise<RunEnd> {
  const { cwd, uploads } = options;
  const resolved = await resolveProfile(options.profile, cwd);
  const profile = { ...resolved, ...(uploads === undefined ? {} : { uploads }) };
  const shares = await nodesFor(profile, options);
  return shares.length > 1 ? runOnNodes(options, profile, shares) : runOnNode(options, profile);
}

/**
 * Which nodes of the builder build what; no or one share where it is one build. One platform is for
 * one node, so that most builds need not look at nodes at all.
 * @throws ConnectError when the builder's configuration cannot be read
 */
export async function nodesFor(
  { builder, platforms = [] }: ResolvedProfile,
  { env, signal }: Pick<RunOptions, 'env' | 'signal'>,
): Promise<readonly NodeShare[]> {
  if (platforms.length < 2) return [];
  const address =
    builder === undefined || builder === '' ? (await defaultBuilder(env)).address : builder;
  return sharesOfBuild(address, platforms, { env, ...(signal === undefined ? {} : { signal }) });
}
