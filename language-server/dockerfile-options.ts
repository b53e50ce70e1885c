/** A build profile in the words of the Dockerfile compiler. */
import type { BuildProfile } from '../proto/messages/build-profile';
import { parseByteSize } from '../proto/model/byte-size';
import type { CompileOptions } from './dockerfile/compile/options';

/** What the compiler must know that a profile does not say. */
export type CompileSurroundings = {
  /** The Dockerfile's name in its folder. */
  readonly filename: string;
  /** Platforms of the machine that builds; the first is BUILDPLATFORM. */
  readonly buildPlatforms?: readonly string[];
  readonly dockerignore?: string;
  readonly dockerfileIgnore?: string;
  /** `.dockerignore` contents of named contexts that are folders, by local name. */
  readonly localIgnore?: Readonly<Record<string, string>>;
};

/** A size that cannot be read is left out: the build itself reports it. */
export function dockerfileOptions(
  profile: BuildProfile,
  surroundings: CompileSurroundings,
): CompileOptions {
  const shmSize = profile.shmSize === undefined ? undefined : parseByteSize(profile.shmSize);
  return {
    ...surroundings,
    ...(profile.target === '' ? {} : pick(profile, ['target'])),
    ...pick(profile, ['buildArgs', 'labels', 'platforms', 'noCache']),
    ...pick(profile, ['cgroupParent', 'hostname']),
    ...(profile.contexts === undefined ? {} : { contexts: namedContexts(profile.contexts) }),
    ...(profile.ulimits === undefined ? {} : { ulimits: orderedUlimits(profile.ulimits) }),
    ...(profile.extraHosts === undefined
      ? {}
      : { extraHosts: profile.extraHosts.flatMap((text) => knownHosts(text)) }),
    ...(shmSize === undefined ? {} : { shmSize }),
    ...unlessDefault('networkMode', profile.networkMode),
    ...unlessDefault('imageResolveMode', profile.imageResolveMode),
    ...(profile.context !== undefined && isRemoteContext(profile.context)
      ? { contextUrl: profile.context }
      : {}),
  };
}

/** A context that BuildKit loads itself, from an address. `user@host:path` is git over ssh. */
export function isRemoteContext(context: string): boolean {
  return /^(https?:\/\/|git:\/\/|ssh:\/\/|github\.com\/|[\w-]+@[a-zA-Z\d.-]+:)/.test(context);
}

/** The folders among the named contexts, by the local name under which the session offers them. */
export function localContexts(profile: BuildProfile): Record<string, string> {
  return Object.fromEntries(
    Object.entries(profile.contexts ?? {}).flatMap(([name, value]) =>
      isAddress(value) ? [] : [[localName(name), value]],
    ),
  );
}

/** The two names the frontend itself loads from; a named context may not take them. */
const reserved: ReadonlySet<string> = new Set(['context', 'dockerfile']);

const localName = (name: string): string => (reserved.has(name) ? `_${name}` : name);

/** `docker-image://…`, `https://…`; one letter and a colon is a Windows drive. */
export const isAddress = (value: string): boolean =>
  isRemoteContext(value) || /^[a-z+-]{2,}:/.test(value);

/** Named contexts as the frontend reads them; the session offers a folder under the context's name. */
export function namedContexts(contexts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contexts).map(([name, value]) => [
      name,
      isAddress(value) ? value : `local:${localName(name)}`,
    ]),
  );
}

/** In place of an address: that of the machine which the builder runs on, as the builder knows it. */
export const hostGateway = 'host-gateway';

/**
 * `host=address`, as BuildKit wants it, for each address of `host=address,address`; `host:address`
 * and addresses in brackets are understood. Undefined for a text of another form.
 */
export function extraHosts(text: string): readonly string[] | undefined {
  const cut = text.includes('=') ? text.indexOf('=') : text.indexOf(':');
  const host = text.slice(0, Math.max(cut, 0));
  const addresses = cut < 0 ? [] : text.slice(cut + 1).split(',');
  if (host === '' || addresses.length === 0 || addresses.includes('')) return undefined;
  return addresses.map((address) => `${host}=${address.replace(/^\[(.+)\]$/, '$1')}`);
}

/** Where only the builder knows the address, the steps are shown without that host. */
function knownHosts(text: string): readonly string[] {
  return (extraHosts(text) ?? [text]).filter((host) => !host.endsWith(`=${hostGateway}`));
}

/** Each name once, its last value, in the order of names: as `docker build` sends them. */
export function orderedUlimits(texts: readonly string[]): string[] {
  const byName = new Map(texts.map((text) => [text.split('=')[0] ?? '', text]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
}

function unlessDefault<K extends string>(
  key: K,
  value: string | undefined,
): Partial<Readonly<Record<K, string>>> {
  const out: Partial<Record<K, string>> = {};
  if (value !== undefined && value !== 'default') out[key] = value;
  return out;
}

function pick<T extends object, K extends keyof T>(
  from: T,
  keys: readonly K[],
): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const key of keys) if (from[key] !== undefined) picked[key] = from[key];
  return picked;
}
