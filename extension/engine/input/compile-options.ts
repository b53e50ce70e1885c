/** A build profile in the words of our own Dockerfile compiler. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CompileOptions } from '../../../language-server/dockerfile/compile/options';
import {
  dockerfileOptions,
  isRemoteContext,
  localContexts,
} from '../../../language-server/dockerfile-options';
import type { BuildProfile } from '../../../proto/messages/build-profile';
import { frontendRequest } from './frontend-attributes';

/**
 * The options, with the `.dockerignore` files that lie beside the Dockerfile and in local contexts.
 * Session, worker platforms and the daemon's missing capabilities are the caller's to add.
 * @throws ProfileError on a size or an extra host that cannot be read
 */
export async function compileOptions(
  profile: BuildProfile,
  source: { readonly file: string; readonly context: string },
): Promise<CompileOptions> {
  // Whatever BuildKit would refuse is refused before anything is compiled.
  frontendRequest(profile, source);
  const dockerignore = isRemoteContext(source.context)
    ? undefined
    : await textOf(join(source.context, '.dockerignore'));
  const dockerfileIgnore = await textOf(`${source.file}.dockerignore`);
  const localIgnore: Record<string, string> = {};
  for (const [name, folder] of Object.entries(localContexts(profile))) {
    const text = await textOf(join(folder, '.dockerignore'));
    if (text !== undefined) localIgnore[name] = text;
  }
  return dockerfileOptions(
    { ...profile, context: source.context },
    {
      filename: basename(source.file),
      localIgnore,
      ...(dockerignore === undefined ? {} : { dockerignore }),
      ...(dockerfileIgnore === undefined ? {} : { dockerfileIgnore }),
    },
  );
}

/** Undefined when there is no such file, or it cannot be read: BuildKit then reports it itself. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
