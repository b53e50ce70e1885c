/**
 * What a profile asks of BuildKit and of the session besides the file itself: exporters, caches,
 * attestations, SSH, policies; and what is left to do on our side once the result is there.
 */
import { existsSync } from 'node:fs';
import { dockerEngine } from '../../../proto/client/builders/default-builder';
import type { Connection } from '../../../proto/client/connect';
import { pushImage, type EngineAddress } from '../../../proto/client/docker-engine';
import { registryCredentials } from '../../../proto/client/registry/credentials';
import { dockerConfigProblem } from '../../../proto/client/docker-config';
import { type Descriptor, putManifest } from '../../../proto/client/session/content/oci-index';
import type { SessionOptions } from '../../../proto/client/session/start';
import type * as control from '../../../proto/generated/control';
import type { Init } from '../../../proto/wire/message';
import { isRecord } from '../profile/decode';
import { ProfileError, type ResolvedProfile } from '../profile/profile';
import { attestationAttributes } from './attestations';
import { cacheOptions, type CacheEntry, type CacheOptions } from './cache';
import { type Export, exportsOf } from './exports';
import { exporterFields, type ExporterFields } from './exporter-fields';
import { hostGatewayAttributes } from './host-gateway';
import { imageReference } from './image-reference';
import { parseTruth } from './key-values';
import { readSourcePolicy } from './source-policy';
import { sshSources } from './ssh';

export type BuildRequest = {
  /** For the job's `Control.Solve`. */
  readonly solve: Pick<
    Init<control.SolveRequest>,
    'cache' | 'sourcePolicy' | 'entitlements' | 'internal'
  > &
    ExporterFields;
  /** Frontend attributes that do not come from the file's own options. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly session: Pick<SessionOptions, 'outputs' | 'ssh' | 'stores' | 'uploads'>;
  /** For the user: what was left out, and why. */
  readonly notes: readonly string[];
  /**
   * After a success: indexes of layouts and caches, and pushes that Docker has to do.
   * @throws the error that the export then ends with
   */
  finish(exported: ReadonlyMap<string, string>): Promise<void>;
};

export type RequestOptions = {
  readonly profile: ResolvedProfile;
  readonly connection: Connection;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Without outputs and tags, keep the image in Docker, as `docker build` does. */
  readonly load: boolean;
  /** Keeps the build out of every list of builds. */
  readonly internal: boolean;
  readonly signal?: AbortSignal | undefined;
};

/** @throws ProfileError when the profile cannot be met, or the Docker Engine's error */
export async function buildRequest(options: RequestOptions): Promise<BuildRequest> {
  const { profile, connection, env, cwd, load, internal, signal } = options;
  const isDocker = isDockerWorker(connection);
  const engine = isDocker ? engineOf(connection) : await dockerEngine(env);
  const exports = exportsOf(profile, { isDocker, cwd, engine, load });
  const classicStore = isDocker && !hasContainerdStore(connection);
  const cache = await cacheOptions(profile, cwd, env);
  if (classicStore) refuseForClassicStore(profile, cache, exports);
  const attributes =
    profile.source.kind === 'derivation' || profile.source.kind === 'installables'
      ? {}
      : {
          ...resolveMode(profile, isDocker),
          ...hostGatewayAttributes(profile, connection.workers),
          ...(profile.isShare === true ? { 'multi-platform': 'true' } : {}),
          ...attestationAttributes(profile, !classicStore, env),
          ...(cache.imports.length === 0 ? {} : { 'cache-imports': cacheImports(cache.imports) }),
        };
  const notes = [
    await dockerConfigProblem(env),
    internal ? undefined : policyNote(profile),
    ...cache.notes,
  ];
  const layouts = Object.fromEntries(
    exports.flatMap(({ layout }) => (layout === undefined ? [] : [['export', layout]])),
  );
  return {
    attributes,
    notes: notes.filter((note) => note !== undefined),
    solve: {
      ...exporterFields(exports),
      cache: { exports: [...cache.exports], imports: [...cache.imports] },
      entitlements: entitlements(profile),
      internal,
      ...(profile.sourcePolicy === undefined
        ? {}
        : { sourcePolicy: await readSourcePolicy(profile.sourcePolicy) }),
    },
    session: {
      outputs: exports.map(({ destination }) => destination),
      ssh: await sshSources(sshTexts(profile), cwd, env),
      stores: { ...profile.stores, ...cache.stores, ...layouts },
      ...(profile.uploads === undefined ? {} : { uploads: profile.uploads }),
    },
    finish: async (exported) => {
      await updateIndexes(exported, cache, exports);
      if (classicStore) await pushWithDocker(engine, exports, env, signal);
    },
  };
}

/** buildx 0.31 and newer hold a build to the policy beside its Dockerfile; who wrote one relies on it. */
function policyNote({ source }: ResolvedProfile): string | undefined {
  if (source.kind !== 'dockerfile') return undefined;
  const policy = `${source.file}.rego`;
  return existsSync(policy)
    ? `${policy} is a build policy of buildx, which is not evaluated here: nothing is held to it.`
    : undefined;
}

/** Docker's own BuildKit takes an image that Docker has, unless it is told to pull, as buildx has it. */
export function resolveMode(
  { imageResolveMode = 'default' }: Pick<ResolvedProfile, 'imageResolveMode'>,
  isDocker: boolean,
): Readonly<Record<string, string>> {
  return isDocker && imageResolveMode === 'default' ? { 'image-resolve-mode': 'local' } : {};
}

/** Docker's worker says what it is by its labels, whatever way leads to it. */
export function isDockerWorker({ workers }: Pick<Connection, 'workers'>): boolean {
  return workers.some(({ labels }) =>
    [...labels.keys()].some((label) => label.startsWith('org.mobyproject.buildkit.worker.moby.')),
  );
}

/** Only the worker on containerd's store has a snapshotter of its own, and names it. */
export function hasContainerdStore({ workers }: Pick<Connection, 'workers'>): boolean {
  return workers.some(({ labels }) => labels.has('org.mobyproject.buildkit.worker.snapshotter'));
}

/** The Docker Engine behind a connection that leads to one. */
export function engineOf({ address }: Connection): EngineAddress | undefined {
  return address.kind === 'docker-unix' || address.kind === 'docker-tcp' ? address : undefined;
}

function refuseForClassicStore(
  { platforms = [] }: ResolvedProfile,
  cache: CacheOptions,
  exports: readonly Export[],
): void {
  const refused =
    platforms.length > 1 && exports.some(({ type }) => type === 'image' || type === 'moby')
      ? 'images of several platforms'
      : cache.exports.some(({ type }) => type !== 'inline')
        ? 'cache exports other than inline'
        : exports.some(({ type }) => type === 'oci' || type === 'docker')
          ? 'OCI and Docker archives'
          : exports.some(
                ({ attributes }) => parseTruth(attributes['push-by-digest'] ?? '') === true,
              )
            ? 'pushes by digest'
            : undefined;
  if (refused === undefined) return;
  throw new ProfileError(
    `Docker's classic image store makes no ${refused}; turn on the containerd image store, ` +
      'or use another builder.',
  );
}

/** As the Dockerfile frontend reads them. */
function cacheImports(entries: readonly CacheEntry[]): string {
  return JSON.stringify(
    entries.map(({ type, attrs }) => ({ Type: type, Attrs: Object.fromEntries(attrs) })),
  );
}

function entitlements({ allow = [], networkMode }: ResolvedProfile): string[] {
  return [...new Set([...allow, ...(networkMode === 'host' ? ['network.host'] : [])])];
}

/** A context that git fetches over ssh needs the agent, named or not. */
function sshTexts({ ssh = [], source }: ResolvedProfile): readonly string[] {
  const context = 'context' in source ? (source.context ?? '') : '';
  return ssh.length === 0 && /^(ssh:\/\/|git@)/.test(context) ? ['default'] : ssh;
}

async function updateIndexes(
  exported: ReadonlyMap<string, string>,
  cache: CacheOptions,
  exports: readonly Export[],
): Promise<void> {
  const manifest = descriptorIn(exported.get('cache.manifest'));
  if (manifest !== undefined) {
    for (const { folder, tag } of cache.updates) await putManifest(folder, manifest, [{ tag }]);
  }
  const encoded = exported.get('containerimage.descriptor');
  const image =
    encoded === undefined
      ? undefined
      : descriptorIn(Buffer.from(encoded, 'base64').toString('utf8'));
  if (image === undefined) return;
  const names = exported.get('image.name')?.split(',') ?? [];
  for (const { layout } of exports) {
    if (layout === undefined) continue;
    const under = names.length === 0 ? [{ tag: 'latest' }] : names.map((name) => ({ name }));
    await putManifest(layout, image, under);
  }
}

function descriptorIn(text: string | undefined): Descriptor | undefined {
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  return isDescriptor(value) ? value : undefined;
}

function isDescriptor(value: unknown): value is Descriptor {
  return isRecord(value) && typeof value['digest'] === 'string';
}

/** BuildKit cannot push from Docker's classic store, so the engine does it. */
async function pushWithDocker(
  engine: EngineAddress | undefined,
  exports: readonly Export[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (engine === undefined) return;
  for (const { type, attributes } of exports) {
    if (type !== 'moby' || parseTruth(attributes['push'] ?? '') !== true) continue;
    for (const name of (attributes['name'] ?? '').split(',')) {
      const image = imageReference(name);
      await pushImage(engine, image, await registryCredentials(image.host, env), signal);
    }
  }
}
