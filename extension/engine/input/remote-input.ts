/**
 * A Dockerfile that lies in a remote context (git, an archive, standard input), where only BuildKit
 * sees it: nothing can be shown or compared before the build has begun.
 */
import { posix } from 'node:path';
import type { BuildInput, DefineContext, DefinedBuild } from './build-input';
import { frontendRequest } from './frontend-attributes';
import { resultsOf } from '../job/gateway-result';
import type { ResolvedProfile } from '../profile/profile';

type RemoteSource = Extract<ResolvedProfile['source'], { kind: 'remote' }>;

/** @throws ProfileError on a size or an extra host that cannot be read */
export function remoteInput(profile: ResolvedProfile, source: RemoteSource): BuildInput {
  const { attributes, directories } = frontendRequest(profile, source);
  // The Dockerfile is read from where the context is, at its path there.
  const own = new Set(['dockerfile']);
  const all = {
    ...Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== 'dockerfilekey')),
    filename: posix.normalize(source.file),
  };
  const input = {
    kind: 'dockerfile' as const,
    path: source.file,
    text: new Uint8Array(),
    directories: Object.fromEntries(Object.entries(directories).filter(([name]) => !own.has(name))),
    secrets: profile.secrets ?? [],
    entitlements: [],
    attributes: all,
    preview: () => Promise.resolve({ results: [] }),
    define: (context: DefineContext) => define(context, all),
    pathOfSource: () => undefined,
    outline: () => undefined,
    contextAt: () => Promise.resolve(undefined),
    expand: (word: string) => word,
    assign: () => ({
      kind: 'refused' as const,
      message: 'The Dockerfile lies in a remote context and cannot be changed from here.',
    }),
    arguments: () => Promise.resolve([]),
  };
  return input;
}

async function define(
  { gateway, signal, attributes }: DefineContext,
  own: Readonly<Record<string, string>>,
): Promise<DefinedBuild> {
  const frontendOpt = new Map(Object.entries({ ...own, ...attributes }));
  const result = await gateway.solve({ frontend: 'dockerfile.v0', frontendOpt }, { signal });
  return { results: resultsOf(result), metadata: result.metadata, notes: [] };
}
