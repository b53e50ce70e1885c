/**
 * Other builds that a build's contexts name (`target:NAME`), as Bake links them: each is defined,
 * and its definition goes to the frontend as an input in place of the context.
 *
 * Each reads its files through a session of its own, because all of them have the same names for
 * them, and is defined in a short job on that session (`job/lent-job.ts`).
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Result } from '../../../proto/generated/gateway';
import * as ops from '../../../proto/generated/ops';
import type { SecretSource } from '../../../proto/messages/build-profile';
import { ProfileError, type ResolvedProfile } from '../profile/profile';
import { hostGatewayAttributes } from '../request/host-gateway';
import type { DefineContext } from './build-input';
import { frontendRequest, remoteRequest, type FrontendRequest } from './frontend-attributes';
import { textDefinition } from './text-definition';

export type LinkedTargets = {
  readonly isEmpty: boolean;
  /** What each lends to the builder, by its name: local source name → absolute folder. */
  readonly lent: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly secrets: readonly SecretSource[];
  /** Their Dockerfiles by the names that a definition has for them; absolute. */
  readonly files: ReadonlyMap<string, string>;
  /**
   * Defines them all, and what the build itself then asks its frontend.
   * @throws BuildkitError when one of them cannot be defined
   */
  define(attributes: Attributes, context: DefineContext): Promise<LinkedRequest>;
};

type Attributes = Readonly<Record<string, string>>;
type Inputs = ReadonlyMap<string, ops.Definition>;

/** What a frontend is asked where contexts are the results of other builds. */
export type LinkedRequest = { readonly attributes: Attributes; readonly inputs: Inputs };

type Target = FrontendRequest & {
  readonly name: string;
  readonly profile: ResolvedProfile;
  /** A Dockerfile under a name of its own. */
  readonly inputs: Inputs;
  readonly files: LinkedTargets['files'];
  readonly secrets: readonly SecretSource[];
  readonly linked: LinkedTargets;
};

/**
 * @param path the Dockerfile of the build itself
 * @throws ProfileError for a target that is no Dockerfile, or the file system's error
 */
export async function linkedTargets(
  profile: ResolvedProfile,
  path: string,
): Promise<LinkedTargets> {
  const targets = await Promise.all(
    Object.entries(profile.linked ?? {}).map(([name, one]) => targetOf(name, one, path)),
  );
  return {
    isEmpty: targets.length === 0,
    lent: new Map(
      targets.flatMap(({ name, directories, linked }) => [[name, directories], ...linked.lent]),
    ),
    secrets: targets.flatMap(({ secrets, linked }) => [...secrets, ...linked.secrets]),
    files: new Map(targets.flatMap(({ files, linked }) => [...files, ...linked.files])),
    define: (attributes, context) => defineAll(targets, attributes, context),
  };
}

async function targetOf(name: string, profile: ResolvedProfile, path: string): Promise<Target> {
  const { source, secrets = [] } = profile;
  const linked = await linkedTargets(profile, path);
  const common = { name, profile, secrets, linked };
  if (source.kind === 'remote') {
    return {
      ...common,
      ...remoteRequest(profile, source),
      inputs: new Map(),
      files: new Map(),
    };
  }
  if (source.kind !== 'dockerfile') {
    throw new ProfileError(`The target "${name}" is no Dockerfile; a context can be no other.`);
  }
  const request = frontendRequest(profile, source);
  const isRemote = request.attributes['context'] !== undefined;
  if (source.file === path || basename(source.file) !== basename(path) || isRemote) {
    const files = new Map([[basename(source.file), source.file]]);
    return { ...common, ...request, inputs: new Map(), files };
  }
  // Two files of one name: a definition's sources would be taken for one another.
  const own = `${name}.${basename(source.file)}`;
  return {
    ...common,
    ...request,
    attributes: { ...request.attributes, filename: own },
    inputs: new Map([['dockerfile', await renamed(source.file, own)]]),
    files: new Map([[own, source.file]]),
  };
}

async function renamed(path: string, name: string): Promise<ops.Definition> {
  const files = new Map<string, Uint8Array>([[name, await readFile(path)]]);
  try {
    files.set(`${name}.dockerignore`, await readFile(`${path}.dockerignore`));
  } catch {
    // Most have none.
  }
  return textDefinition(files);
}

async function defineAll(
  targets: readonly Target[],
  attributes: Attributes,
  context: DefineContext,
): Promise<LinkedRequest> {
  const defined = new Map(
    await Promise.all(
      targets.map(async (one): Promise<[string, Result]> => [one.name, await define(one, context)]),
    ),
  );
  const own: Record<string, string> = {};
  const inputs = new Map<string, ops.Definition>();
  for (const [key, value] of Object.entries(attributes)) {
    const result = key.startsWith('context:') ? defined.get(targetName(value) ?? '') : undefined;
    if (result === undefined) {
      own[key] = value;
      continue;
    }
    const name = `result-${targetName(value) ?? ''}`;
    for (const { suffix, ref, config } of resultsOf(result)) {
      inputs.set(`${name}${suffix}`, ref?.def ?? ops.Definition.create({}));
      own[`${key}${suffix}`] = `input:${name}${suffix}`;
      if (config !== undefined) own[`input-metadata:${name}${suffix}`] = metadata(config);
    }
  }
  return { attributes: own, inputs };
}

/** `target:NAME` */
export function targetName(context: string): string | undefined {
  return /^target:(.+)$/.exec(context)?.[1];
}

async function define(
  { name, profile, attributes, inputs, linked }: Target,
  context: DefineContext,
): Promise<Result> {
  const { askLent, signal } = context;
  if (askLent === undefined) throw new Error(`nothing lends the files of the target "${name}"`);
  const mode = context.attributes?.['image-resolve-mode'];
  const all = {
    ...(mode === undefined ? {} : { 'image-resolve-mode': mode }),
    ...attributes,
    ...hostGatewayAttributes(profile, context.info.workers),
  };
  const request = await linked.define(all, context);
  return askLent(name, (gateway) =>
    gateway.solve(
      {
        frontend: 'dockerfile.v0',
        frontendOpt: new Map(Object.entries(request.attributes)),
        frontendInputs: new Map([...inputs, ...request.inputs]),
      },
      { signal },
    ),
  );
}

const configKey = 'containerimage.config';

/** One for each platform, whose names are what frontends find them by; one alone has none. */
function resultsOf({ refs, ref, metadata }: Result) {
  if (refs === undefined) return [{ suffix: '', ref, config: metadata.get(configKey) }];
  return [...refs.refs].map(([platform, one]) => ({
    suffix: `::${platform}`,
    ref: one,
    config: metadata.get(`${configKey}/${platform}`),
  }));
}

/** Go writes bytes in JSON as base64. */
function metadata(config: Uint8Array): string {
  return JSON.stringify({ [configKey]: Buffer.from(config).toString('base64') });
}
