// Builds small OCI images in memory and pushes them to a registry over its HTTP API.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tar, type TarEntry } from './tar';

export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
  readonly OnBuild?: readonly string[];
}

export interface PlatformImage {
  readonly architecture: string;
  readonly variant?: string;
  readonly layers: readonly (readonly TarEntry[])[];
  readonly config: ImageConfig;
}

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const mediaTypes = {
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  config: 'application/vnd.oci.image.config.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
} as const;

const created = '2023-11-14T22:13:20Z';

/**
 * Pushes one multi-platform image under all of `tags`.
 * @param registry e.g. `http://127.0.0.1:5000`
 * @returns the digest of its index
 */
export async function pushImage(
  registry: string,
  repository: string,
  tags: readonly string[],
  platforms: readonly PlatformImage[],
): Promise<string> {
  const manifests: object[] = [];
  for (const platform of platforms) {
    const layers = platform.layers.map((entries) => layerBlobs(entries));
    const config = jsonBlob({
      architecture: platform.architecture,
      os: 'linux',
      ...(platform.variant === undefined ? {} : { variant: platform.variant }),
      created,
      config: platform.config,
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
      history: layers.map((_, index) => ({
        created,
        created_by: `test environment, layer ${index}`,
      })),
    });
    const manifest = jsonBlob({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: describe(mediaTypes.config, config),
      layers: layers.map((layer) => describe(mediaTypes.layer, layer.blob)),
    });
    for (const blob of [...layers.map((layer) => layer.blob), config])
      await pushBlob(registry, repository, blob);
    await pushManifest(registry, repository, manifest.digest, mediaTypes.manifest, manifest.bytes);
    manifests.push({
      ...describe(mediaTypes.manifest, manifest),
      platform: {
        architecture: platform.architecture,
        os: 'linux',
        ...(platform.variant === undefined ? {} : { variant: platform.variant }),
      },
    });
  }
  const index = jsonBlob({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  for (const tag of tags)
    await pushManifest(registry, repository, tag, mediaTypes.index, index.bytes);
  return index.digest;
}

/** Layers are shared between images: pack each list of entries once. */
const packed = new WeakMap<readonly TarEntry[], { blob: Blob; diffId: string }>();

function layerBlobs(entries: readonly TarEntry[]): { blob: Blob; diffId: string } {
  const known = packed.get(entries);
  if (known !== undefined) return known;
  const archive = tar(entries);
  const layer = { blob: toBlob(gzipSync(archive)), diffId: sha256(archive) };
  packed.set(entries, layer);
  return layer;
}

function jsonBlob(value: object): Blob {
  return toBlob(Buffer.from(JSON.stringify(value)));
}

function toBlob(bytes: Buffer): Blob {
  return { digest: sha256(bytes), bytes };
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function describe(mediaType: string, blob: Blob): Descriptor {
  return { mediaType, digest: blob.digest, size: blob.bytes.length };
}

async function pushBlob(registry: string, repository: string, blob: Blob): Promise<void> {
  const blobs = `${registry}/v2/${repository}/blobs`;
  if ((await fetch(`${blobs}/${blob.digest}`, { method: 'HEAD' })).ok) return;
  const start = await checked(fetch(`${blobs}/uploads/`, { method: 'POST' }));
  const location = new URL(start.headers.get('location') ?? '', registry);
  location.searchParams.set('digest', blob.digest);
  await checked(
    fetch(location, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: new Uint8Array(blob.bytes),
    }),
  );
}

async function pushManifest(
  registry: string,
  repository: string,
  reference: string,
  mediaType: string,
  bytes: Buffer,
): Promise<void> {
  const url = `${registry}/v2/${repository}/manifests/${reference}`;
  await checked(
    fetch(url, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: new Uint8Array(bytes),
    }),
  );
}

async function checked(pending: Promise<Response>): Promise<Response> {
  const response = await pending;
  if (!response.ok)
    throw new Error(`registry: ${response.status} ${response.url}: ${await response.text()}`);
  return response;
}
