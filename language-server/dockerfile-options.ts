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
    ...pick(profile, ['buildArgs', 'labels', 'platforms', 'noCache', 'ulimits']),
    ...pick(profile, ['cgroupParent', 'hostname']),
    ...(profile.contexts === undefined ? {} : { contexts: namedContexts(profile.contexts) }),
    ...(profile.extraHosts === undefined
      ? {}
      : { extraHosts: profile.extraHosts.map((text) => extraHost(text) ?? text) }),
    ...(shmSize === undefined ? {} : { shmSize }),
    ...unlessDefault('networkMode', profile.networkMode),
    ...unlessDefault('imageResolveMode', profile.imageResolveMode),
    ...(profile.context !== undefined && isRemoteContext(profile.context)
      ? { contextUrl: profile.context }
      : {}),
  };
}

/** A context that BuildKit loads itself, from an address. */
export function isRemoteContext(context: string): boolean {
  return /^(https?:\/\/|git:\/\/|ssh:\/\/|git@|github\.com\/)/.test(context);
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

/**
 * `host=address`, as BuildKit wants it, from that or `host:address`, the address in brackets or not.
 * Undefined for a text of another form.
 */
export function extraHost(text: string): string | undefined {
  const match = /^([^:=]+)[:=]\[?([^\]]+)\]?$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined ? undefined : `${match[1]}=${match[2]}`;
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
