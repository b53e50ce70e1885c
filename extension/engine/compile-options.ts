/** A build profile in the words of our own Dockerfile compiler. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CompileOptions } from '../../language-server/dockerfile/compile/options';
import type { BuildProfile } from '../../proto/messages/build-profile';
import { byteSize, frontendRequest } from './frontend-attributes';
import { isRemoteContext } from './profile';

/**
 * The options, with the `.dockerignore` files that lie beside the Dockerfile and in local contexts.
 * Session, worker platforms and the daemon's missing capabilities are the caller's to add.
 * @throws ProfileError on a size or an extra host that cannot be read
 */
export async function compileOptions(
  profile: BuildProfile,
  source: { readonly file: string; readonly context: string },
): Promise<CompileOptions> {
  const { attributes, directories } = frontendRequest(profile, source);
  const contexts = Object.fromEntries(
    Object.keys(profile.contexts ?? {}).map((name) => [name, attributes[`context:${name}`] ?? '']),
  );
  const remote = isRemoteContext(source.context);
  const dockerignore = remote ? undefined : await textOf(join(source.context, '.dockerignore'));
  const dockerfileIgnore = await textOf(`${source.file}.dockerignore`);
  const localIgnore: Record<string, string> = {};
  for (const [name, folder] of Object.entries(directories)) {
    if (name === 'context' || name === 'dockerfile') continue;
    const text = await textOf(join(folder, '.dockerignore'));
    if (text !== undefined) localIgnore[name] = text;
  }
  const { shmSize, networkMode, imageResolveMode } = profile;
  return {
    filename: basename(source.file),
    ...given('target', profile.target === '' ? undefined : profile.target),
    ...given('buildArgs', profile.buildArgs),
    ...given('labels', profile.labels),
    ...given('platforms', profile.platforms),
    ...given('noCache', profile.noCache),
    ...given('hostname', profile.hostname),
    ...given('cgroupParent', profile.cgroupParent),
    ...given('ulimits', profile.ulimits),
    ...given('extraHosts', attributes['add-hosts']?.split(',')),
    ...given('shmSize', shmSize === undefined ? undefined : byteSize(shmSize)),
    ...given('networkMode', networkMode === 'default' ? undefined : networkMode),
    ...given('imageResolveMode', imageResolveMode === 'default' ? undefined : imageResolveMode),
    ...given('contextUrl', remote ? source.context : undefined),
    ...given('dockerignore', dockerignore),
    ...given('dockerfileIgnore', dockerfileIgnore),
    contexts,
    localIgnore,
  };
}

function given<K extends string, V>(key: K, value: V | undefined): Readonly<Partial<Record<K, V>>> {
  const out: Partial<Record<K, V>> = {};
  if (value !== undefined) out[key] = value;
  return out;
}

/** Undefined when there is no such file, or it cannot be read: BuildKit then reports it itself. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
