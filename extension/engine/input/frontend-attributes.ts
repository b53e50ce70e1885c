/**
 * A build profile in the words of BuildKit's Dockerfile frontend: its attributes, and the folders
 * that the session must offer under the names the attributes use.
 */
import { basename, dirname, posix } from 'node:path';
import type { BuildProfile } from '../../../proto/messages/build-profile';
import {
  extraHosts,
  isRemoteContext,
  localContexts,
  namedContexts,
  orderedUlimits,
} from '../../../language-server/dockerfile-options';
import { parseByteSize } from '../../../proto/model/byte-size';
import { ProfileError } from '../profile/profile';
import { limitAttributes } from '../request/resource-limits';

export type FrontendRequest = {
  readonly attributes: Readonly<Record<string, string>>;
  /** Local source name → absolute folder. */
  readonly directories: Readonly<Record<string, string>>;
};

/**
 * What to send for a profile with absolute paths.
 * @throws ProfileError on a size, a limit or an extra host that cannot be read
 */
export function frontendRequest(
  profile: BuildProfile,
  source: { readonly file: string; readonly context: string },
): FrontendRequest {
  const attributes: Record<string, string> = { filename: basename(source.file) };
  const directories: Record<string, string> = { dockerfile: dirname(source.file) };
  const set = (key: string, value: string | undefined) => {
    if (value !== undefined && value !== '') attributes[key] = value;
  };
  if (isRemoteContext(source.context)) {
    attributes['context'] = source.context;
    attributes['dockerfilekey'] = 'dockerfile';
  } else {
    directories['context'] = source.context;
  }
  set('target', profile.target);
  set('platform', profile.platforms?.join(','));
  set('hostname', profile.hostname);
  set('cgroup-parent', profile.cgroupParent);
  set('ulimit', orderedUlimits(profile.ulimits ?? []).join(','));
  Object.assign(attributes, limitAttributes(profile.resources ?? []));
  set('add-hosts', profile.extraHosts?.flatMap(readHosts).join(','));
  const shmSize = profile.shmSize === undefined ? 0 : readSize(profile.shmSize);
  if (shmSize > 0) attributes['shm-size'] = String(shmSize);
  if (profile.networkMode !== 'default') set('force-network-mode', profile.networkMode);
  if (profile.imageResolveMode !== 'default') set('image-resolve-mode', profile.imageResolveMode);
  if (profile.noCache === true) attributes['no-cache'] = '';
  else if (Array.isArray(profile.noCache) && profile.noCache.length > 0) {
    attributes['no-cache'] = profile.noCache.join(',');
  }
  for (const [name, value] of Object.entries(profile.buildArgs ?? {})) {
    attributes[`build-arg:${name}`] = value;
  }
  for (const [name, value] of Object.entries(profile.labels ?? {})) {
    attributes[`label:${name}`] = value;
  }
  for (const [name, value] of Object.entries(namedContexts(profile.contexts ?? {}))) {
    attributes[`context:${name}`] = value;
  }
  Object.assign(directories, localContexts(profile));
  return { attributes, directories };
}

/**
 * {@link frontendRequest} for a Dockerfile that lies in a remote context: it is read from there,
 * at its path in it.
 * @throws ProfileError on a size or an extra host that cannot be read
 */
export function remoteRequest(
  profile: BuildProfile,
  source: { readonly file: string; readonly context: string },
): FrontendRequest {
  const { attributes, directories } = frontendRequest(profile, source);
  const without = (all: Readonly<Record<string, string>>, name: string) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => key !== name));
  return {
    attributes: {
      ...without(attributes, 'dockerfilekey'),
      filename: posix.normalize(source.file),
    },
    directories: without(directories, 'dockerfile'),
  };
}

function readHosts(text: string): readonly string[] {
  const hosts = extraHosts(text);
  if (hosts !== undefined) return hosts;
  throw new ProfileError(`"${text}" in "extraHosts" must be written as host=address.`);
}

function readSize(text: string): number {
  const size = parseByteSize(text);
  if (size !== undefined) return size;
  throw new ProfileError(`"${text}" is not a size; write for example 64m.`);
}
