/** Looks into an image of a registry: each layer is read once and never held. */
import type { Registry, Repository } from '../../../proto/client/registry/registry';
import { BuildFailure } from '../input/build-input';
import type { LayerPlatform } from '../layers/layer-build';
import { isRecord } from '../profile/decode';
import { type ImageLayer, type InspectedImage, withHistory } from './image';
import { chooseManifest } from './image-archive';
import { scanLayer } from './layer-scan';

export type ImageInRegistry = {
  readonly repository: Repository;
  /** A tag or a digest. */
  readonly version: string;
  /** What the image is called by its user. */
  readonly name: string;
  readonly platform: LayerPlatform;
  readonly signal?: AbortSignal | undefined;
};

/** @throws RegistryError, BuildFailure for what is no image, TarError */
export async function imageFromRegistry(
  registry: Registry,
  { repository, version, name, platform, signal }: ImageInRegistry,
): Promise<InspectedImage> {
  let manifest: unknown;
  let next: string | undefined = version;
  for (let depth = 0; depth < 4 && next !== undefined; depth++) {
    const { bytes } = await registry.manifest(repository, next, signal);
    manifest = JSON.parse(bytes.toString('utf8'));
    const manifests = isRecord(manifest) ? manifest['manifests'] : undefined;
    const { os, architecture, variant } = platform;
    const text = [os, architecture, variant].filter((part) => part !== undefined).join('/');
    const chosen = Array.isArray(manifests) ? chooseManifest(manifests, text) : undefined;
    next = typeof chosen?.['digest'] === 'string' ? chosen['digest'] : undefined;
  }
  const { config: about, layers } = isRecord(manifest) ? manifest : {};
  if (!isRecord(about) || typeof about['digest'] !== 'string' || !Array.isArray(layers)) {
    throw new BuildFailure(`The registry has no image for ${name}.`);
  }
  const config: unknown = JSON.parse(
    (await registry.blob(repository, about['digest'], signal)).toString('utf8'),
  );
  const read: ImageLayer[] = [];
  for (const layer of layers) {
    if (!isRecord(layer) || typeof layer['digest'] !== 'string') continue;
    const { digest } = layer;
    const scan = await registry.streamBlob(repository, digest, () => scanLayer(true), signal);
    read.push({ ...(await scan.end()), digest });
  }
  return { name, origin: 'registry', config, layers: withHistory(read, config) };
}
