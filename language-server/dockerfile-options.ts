/** A build profile in the words of the Dockerfile compiler. */
import type { BuildProfile } from '../proto/messages/build-profile';
import { parseByteSize } from '../proto/model/byte-size';
import type { CompileOptions } from './dockerfile/compile/options';

/** What the compiler must know that a profile does not say. */
export type CompileSurroundings = {
  /** The Dockerfile's name in its folder. */
  readonly filename: string;
  /** Platforms of the machine that builds; the first is BUILDPLATFORM. */
  readonly buildPlatforms: readonly string[];
  readonly dockerignore?: string;
  readonly dockerfileIgnore?: string;
};

/** A size that cannot be read is left out: the build itself reports it. */
export function dockerfileOptions(
  profile: BuildProfile,
  surroundings: CompileSurroundings,
): CompileOptions {
  const shmSize = profile.shmSize === undefined ? undefined : parseByteSize(profile.shmSize);
  return {
    ...surroundings,
    ...pick(profile, ['target', 'buildArgs', 'labels', 'platforms', 'noCache', 'ulimits']),
    ...pick(profile, ['cgroupParent', 'hostname', 'imageResolveMode', 'extraHosts']),
    ...(profile.contexts === undefined ? {} : { contexts: namedContexts(profile.contexts) }),
    ...(shmSize === undefined ? {} : { shmSize }),
    ...(profile.networkMode === undefined || profile.networkMode === 'default'
      ? {}
      : { networkMode: profile.networkMode }),
  };
}

/** The two names the frontend itself loads from; a named context may not take them. */
const reserved: ReadonlySet<string> = new Set(['context', 'dockerfile']);

/** A folder is offered by the session under the context's name. */
function namedContexts(contexts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contexts).map(([name, value]) => [
      name,
      /^[a-z+-]{2,}:/.test(value) ? value : `local:${reserved.has(name) ? `_${name}_` : name}`,
    ]),
  );
}

function pick<T extends object, K extends keyof T>(
  from: T,
  keys: readonly K[],
): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const key of keys) if (from[key] !== undefined) picked[key] = from[key];
  return picked;
}
