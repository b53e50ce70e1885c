/**
 * `--cache-from` and `--cache-to` texts as BuildKit's cache options. A local cache is a folder of
 * blobs that the session lends; its index is read before the build and written after it.
 */
import { resolve } from 'node:path';
import { findManifest, LayoutError } from '../../../proto/client/session/content/oci-index';
import type { BuildProfile } from '../../../proto/messages/build-profile';
import { ProfileError } from '../profile/profile';
import { csvFields, keyValues, parseTruth } from './key-values';

export type CacheEntry = {
  readonly type: string;
  readonly attrs: ReadonlyMap<string, string>;
};

export type CacheOptions = {
  readonly imports: readonly CacheEntry[];
  readonly exports: readonly CacheEntry[];
  /** Content stores that the session must lend: id → folder. */
  readonly stores: Readonly<Record<string, string>>;
  /** Folders whose index gets the new cache, with its tag. */
  readonly updates: readonly { readonly folder: string; readonly tag: string }[];
  /** Imports that were left out, in words; a missing cache never fails a build. */
  readonly notes: readonly string[];
};

type Env = Readonly<Record<string, string | undefined>>;

/**
 * @param cwd what relative folders are relative to
 * @throws ProfileError on an entry that cannot be read
 */
export async function cacheOptions(
  { cacheFrom = [], cacheTo = [], buildArgs = {} }: BuildProfile,
  cwd: string,
  env: Env,
): Promise<CacheOptions> {
  const read = (texts: readonly string[], what: string) =>
    texts.flatMap((text) => readEntries(text, what)).flatMap((one) => withEnvironment(one, env));
  const stores: Record<string, string> = {};
  const notes: string[] = [];
  const updates: { folder: string; tag: string }[] = [];
  const inline = parseTruth(buildArgs['BUILDKIT_INLINE_CACHE'] ?? '') === true;
  const exports = read(inline ? [...cacheTo, 'type=inline'] : cacheTo, '--cache-to').map(
    (entry) => {
      required(entry, { registry: 'ref', local: 'dest' });
      const dest = entry.attrs.get('dest');
      if (entry.type !== 'local' || dest === undefined) return entry;
      const folder = resolve(cwd, dest);
      stores[`local:${folder}`] = folder;
      updates.push({ folder, tag: entry.attrs.get('tag') ?? 'latest' });
      return { ...entry, attrs: new Map([...entry.attrs, ['dest', folder]]) };
    },
  );
  const imports: CacheEntry[] = [];
  for (const entry of read(cacheFrom, '--cache-from')) {
    required(entry, { registry: 'ref', local: 'src' });
    const src = entry.attrs.get('src');
    if (entry.type !== 'local' || src === undefined) {
      imports.push(entry);
      continue;
    }
    const folder = resolve(cwd, src);
    try {
      imports.push({ ...entry, attrs: await localImport(entry, folder) });
      stores[`local:${folder}`] = folder;
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      notes.push(`The cache in ${folder} is not used: ${error.message}`);
    }
  }
  return { imports, exports, stores, updates, notes };
}

/** @throws LayoutError, ProfileError */
async function localImport(
  { attrs }: CacheEntry,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const tag = attrs.get('tag') ?? 'latest';
  const digest = attrs.get('digest') ?? (await findManifest(folder, tag))?.digest;
  if (digest === undefined) {
    throw new ProfileError(
      `The cache in ${folder} has nothing under the tag "${tag}"; give tag=TAG or digest=DIGEST.`,
    );
  }
  return new Map([...attrs, ['src', folder], ['digest', digest]]);
}

/** `user/app:cache` is a registry's cache; else `type=…`. */
function readEntries(text: string, flag: string): CacheEntry[] {
  if (text === '') return [];
  if (!text.includes('=')) {
    return csvFields(text).map((ref) => ({ type: 'registry', attrs: new Map([['ref', ref]]) }));
  }
  const fields = keyValues(text, flag);
  const type = fields.get('type');
  if (type === undefined || type === '') {
    throw new ProfileError(`${flag} "${text}" needs a type, for example type=registry,ref=NAME.`);
  }
  fields.delete('type');
  return [{ type, attrs: fields }];
}

function required(
  { type, attrs }: CacheEntry,
  keys: Readonly<Partial<Record<string, string>>>,
): void {
  const key = keys[type];
  if (key !== undefined && (attrs.get(key) ?? '') === '') {
    throw new ProfileError(`A cache of type ${type} needs ${key}=….`);
  }
}

/**
 * What GitHub's runners and AWS put into the environment. A cache of GitHub's without its token is
 * left out: outside GitHub's runners there is none.
 */
function withEnvironment({ type, attrs }: CacheEntry, env: Env): CacheEntry[] {
  const out = new Map(attrs);
  const fill = (key: string, ...names: readonly string[]) => {
    const value = names.map((name) => env[name]).find((one) => one !== undefined && one !== '');
    if (!out.has(key) && value !== undefined) out.set(key, value);
  };
  if (type === 'gha') {
    const version2 = parseTruth(env['ACTIONS_CACHE_SERVICE_V2'] ?? '') === true;
    fill('token', 'ACTIONS_RUNTIME_TOKEN');
    if ((attrs.get('version') ?? (version2 ? '2' : '')) === '2') {
      fill('url_v2', 'ACTIONS_RESULTS_URL');
    }
    fill('url', 'ACTIONS_CACHE_URL', 'ACTIONS_RESULTS_URL');
    if (!out.has('token') || !(out.has('url') || out.has('url_v2'))) return [];
  }
  if (type === 's3' && !(attrs.has('access_key_id') && attrs.has('secret_access_key'))) {
    fill('access_key_id', 'AWS_ACCESS_KEY_ID');
    fill('secret_access_key', 'AWS_SECRET_ACCESS_KEY');
    fill('session_token', 'AWS_SESSION_TOKEN');
  }
  return [{ type, attrs: out }];
}
