/**
 * Image metadata straight from a registry, where no builder can be asked: reference → manifest or
 * index → config of the platform.
 */
import type { Platform } from '../../proto/model/op';
import { isObject, textAt } from '../../proto/client/docker-config';
import type { Manifest, Registry, Repository } from '../../proto/client/registry/registry';
import { RegistryError } from '../../proto/client/registry/registry-error';
import { parseNormalized, withDefaultTag } from '../dockerfile/names/image-reference';
import { platformRank } from '../dockerfile/names/platform-match';

export type RegistryImage = {
  /** Of the manifest or index that the reference names. */
  readonly digest: string;
  /** The image config's JSON. */
  readonly config: Buffer;
  /** Bytes of its layers, compressed as they are; absent when the manifest does not tell. */
  readonly size?: number;
};

/** An index in an index is allowed; a registry must not lead us in circles. */
const maxDepth = 4;

/**
 * @param reference full or short, with a tag or a digest or neither
 * @throws RegistryError, or an Error with the reference library's words for what is no reference
 */
export async function resolveFromRegistry(
  registry: Registry,
  reference: string,
  platform: Platform,
  signal?: AbortSignal,
): Promise<RegistryImage> {
  const { domain, path, tag, digest } = withDefaultTag(parseNormalized(reference));
  const repository = { domain, path };
  const root = await registry.manifest(repository, digest ?? tag ?? 'latest', signal);
  const manifest = await imageManifest(registry, repository, root, platform, maxDepth, signal);
  const config = textAt(manifest, 'config', 'digest');
  if (config === undefined) {
    throw new RegistryError(
      'server',
      `encountered unknown type ${root.mediaType}; children may not be fetched`,
    );
  }
  const size = layersSize(manifest['layers']);
  const bytes = await registry.blob(repository, config, signal);
  return { digest: root.digest, config: bytes, ...(size !== undefined && { size }) };
}

/**
 * Bytes of an image's layers, compressed as they are; undefined when the manifest does not tell.
 * @throws as {@link resolveFromRegistry} does
 */
export async function sizeFromRegistry(
  registry: Registry,
  reference: string,
  platform: Platform,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const { domain, path, tag, digest } = withDefaultTag(parseNormalized(reference));
  const repository = { domain, path };
  const root = await registry.manifest(repository, digest ?? tag ?? 'latest', signal);
  const manifest = await imageManifest(registry, repository, root, platform, maxDepth, signal);
  return layersSize(manifest['layers']);
}

/** The manifest of the image for a platform, out of indexes where there are some. */
async function imageManifest(
  registry: Registry,
  repository: Repository,
  manifest: Manifest,
  platform: Platform,
  depth: number,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const value = jsonObject(manifest.bytes);
  const children = value['manifests'];
  if (!Array.isArray(children)) return value;
  const best = depth > 0 ? bestMatch(children, platform) : undefined;
  if (best === undefined) {
    throw new RegistryError('not-found', 'no match for platform in manifest: not found');
  }
  const child = await registry.manifest(repository, best, signal);
  return imageManifest(registry, repository, child, platform, depth - 1, signal);
}

function layersSize(layers: unknown): number | undefined {
  if (!Array.isArray(layers)) return undefined;
  let sum = 0;
  for (const layer of layers) {
    const size: unknown = isObject(layer) ? layer['size'] : undefined;
    if (typeof size !== 'number') return undefined;
    sum += size;
  }
  return sum;
}

/** The digest of the manifest that serves the platform best; of equals the first. */
function bestMatch(children: readonly unknown[], platform: Platform): string | undefined {
  let best: { digest: string; rank: number } | undefined;
  for (const child of children) {
    const digest = textAt(child, 'digest');
    const offered = isObject(child) ? readPlatform(child['platform']) : undefined;
    if (digest === undefined) continue;
    // A manifest that names no platform may be anything; it is the last choice.
    const rank = offered === undefined ? Number.MAX_VALUE : platformRank(platform, offered);
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { digest, rank };
  }
  return best?.digest;
}

function readPlatform(value: unknown): Platform | undefined {
  const os = textAt(value, 'os');
  const architecture = textAt(value, 'architecture');
  if (os === undefined || architecture === undefined) return undefined;
  const variant = textAt(value, 'variant');
  const osVersion = textAt(value, 'os.version');
  return {
    os,
    architecture,
    ...(variant !== undefined && variant !== '' && { variant }),
    ...(osVersion !== undefined && osVersion !== '' && { osVersion }),
  };
}

/** @throws RegistryError */
function jsonObject(bytes: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    value = undefined;
  }
  if (!isObject(value)) throw new RegistryError('server', 'the manifest is no JSON object');
  return value;
}
