/**
 * A build profile in the words of BuildKit's Dockerfile frontend: its attributes, and the folders
 * that the session must offer under the names the attributes use.
 */
import { basename, dirname } from 'node:path';
import type { BuildProfile } from '../../proto/messages/build-profile';
import { isRemoteContext, ProfileError } from './profile';

export type FrontendRequest = {
  readonly attributes: Readonly<Record<string, string>>;
  /** Local source name → absolute folder. */
  readonly directories: Readonly<Record<string, string>>;
};

/** The two names the frontend itself loads from; a named context may not take them. */
const reserved: ReadonlySet<string> = new Set(['context', 'dockerfile']);

/**
 * What to send for a profile with absolute paths.
 * @throws ProfileError on a size or an extra host that cannot be read
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
  set('ulimit', profile.ulimits?.join(','));
  set('add-hosts', profile.extraHosts?.map(extraHost).join(','));
  if (profile.shmSize !== undefined) set('shm-size', String(byteSize(profile.shmSize)));
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
  for (const [name, value] of Object.entries(profile.contexts ?? {})) {
    if (isRemoteContext(value) || /^[a-z-]+:/.test(value)) {
      attributes[`context:${name}`] = value;
      continue;
    }
    const local = reserved.has(name) ? `_${name}_` : name;
    attributes[`context:${name}`] = `local:${local}`;
    directories[local] = value;
  }
  return { attributes, directories };
}

/** `host:ip` and `host=ip` both; BuildKit wants `=`. An address may itself hold colons. */
function extraHost(text: string): string {
  const match = /^([^:=]+)[:=]\[?([^\]]+)\]?$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new ProfileError(`"${text}" in "extraHosts" must be written as host=address.`);
  }
  return `${match[1]}=${match[2]}`;
}

const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `64m`, `1.5g`, `2gb` or plain bytes, as `docker build --shm-size` reads them. */
export function byteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmg]?)(?:i?b)?$/i.exec(text.trim());
  const unit = units[(match?.[2] ?? '').toLowerCase()];
  if (match?.[1] === undefined || unit === undefined) {
    throw new ProfileError(`"${text}" is not a size; write for example 64m.`);
  }
  return Math.trunc(Number(match[1]) * unit);
}
