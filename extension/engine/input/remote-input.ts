/**
 * A Dockerfile that lies in a remote context (git, an archive, standard input), where only BuildKit
 * sees it: nothing can be shown or compared before the build has begun.
 */
import type { BuildInput, DefineContext, DefinedBuild } from './build-input';
import { remoteRequest } from './frontend-attributes';
import { linkedTargets, type LinkedTargets } from './linked-targets';
import { resultsOf } from '../job/gateway-result';
import type { ResolvedProfile } from '../profile/profile';

type RemoteSource = Extract<ResolvedProfile['source'], { kind: 'remote' }>;

/** @throws ProfileError, or the file system's error */
export async function remoteInput(
  profile: ResolvedProfile,
  source: RemoteSource,
): Promise<BuildInput> {
  const { attributes: all, directories } = remoteRequest(profile, source);
  const linked = await linkedTargets(profile, '');
  const input = {
    kind: 'dockerfile' as const,
    path: source.file,
    text: new Uint8Array(),
    directories,
    lent: linked.lent,
    secrets: [...(profile.secrets ?? []), ...linked.secrets],
    entitlements: [],
    attributes: all,
    preview: () => Promise.resolve({ results: [] }),
    define: (context: DefineContext) => define(context, all, linked),
    pathOfSource: (filename: string) => linked.files.get(filename),
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
  context: DefineContext,
  own: Readonly<Record<string, string>>,
  linked: LinkedTargets,
): Promise<DefinedBuild> {
  const { gateway, signal } = context;
  const request = await linked.define({ ...own, ...context.attributes }, context);
  const result = await gateway.solve(
    {
      frontend: 'dockerfile.v0',
      frontendOpt: new Map(Object.entries(request.attributes)),
      frontendInputs: request.inputs,
    },
    { signal },
  );
  return { results: resultsOf(result), metadata: result.metadata, notes: [] };
}
