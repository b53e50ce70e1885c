/**
 * An image from an archive in one pass: what `docker save`, and BuildKit's exporters `oci` and
 * `docker`, write. Which blob is what stands in manifests that come last, so every blob is read for
 * what it looks like.
 */
import { posix } from 'node:path';
import { BuildFailure } from '../input/build-input';
import { isRecord } from '../profile/decode';
import { type ImageLayer, type ImageOrigin, type InspectedImage, withHistory } from './image';
import { type LayerScan, scanLayer, type ScannedLayer } from './layer-scan';
import { type ContentTaker, TarScanner } from './tar-scanner';

/** Manifests and configs are smaller. Bytes. */
const largestDocument = 8 * 1024 * 1024;

type Documents = ReadonlyMap<string, unknown>;
/** What could not be read may be no layer at all; it matters once a manifest names it. */
type Layers = ReadonlyMap<string, ScannedLayer | Error>;

export type ArchiveOptions = {
  readonly name: string;
  readonly origin: ImageOrigin;
  /** `linux/arm64`; where the archive has several, the one that is looked into. Default: the first. */
  readonly platform?: string | undefined;
};

/** @throws BuildFailure when there is no image in the archive, TarError when it is none */
export async function imageFromArchive(
  bytes: AsyncIterable<Uint8Array>,
  options: ArchiveOptions,
): Promise<InspectedImage> {
  const documents = new Map<string, unknown>();
  const layers = new Map<string, ScannedLayer | Error>();
  /** Old archives hold equal layers once. */
  const links = new Map<string, string>();
  /** What is under way in other threads; waited for before more is read. */
  let waiting: Promise<void>[] = [];
  const scanner = new TarScanner(({ path, kind, linkTarget = '' }) => {
    if (kind === 'symlink') links.set(path, posix.join(posix.dirname(path), linkTarget));
    if (kind !== 'file') return undefined;
    return blob({
      document: (text) => documents.set(path, text),
      layer: (layer) => layers.set(path, layer),
      wait: (work) => {
        waiting.push(work);
      },
    });
  });
  for await (const chunk of bytes) {
    scanner.push(chunk);
    if (waiting.length === 0) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
  scanner.end();
  for (const [path, target] of links) {
    const layer = layers.get(target);
    if (layer !== undefined) layers.set(path, layer);
  }
  return assemble(documents, layers, options);
}

type Found = {
  readonly document: (value: unknown) => void;
  readonly layer: (layer: ScannedLayer | Error) => void;
  readonly wait: (work: Promise<void>) => void;
};

function blob(found: Found): ContentTaker {
  let text: Uint8Array[] | undefined;
  let scan: LayerScan | undefined;
  let failure: Error | undefined;
  let before = Promise.resolve();
  let size = 0;
  /** One piece after the other. */
  const then = (work: () => Promise<void>): void => {
    before = before.then(async () => {
      if (failure !== undefined) return;
      try {
        await work();
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        found.layer(failure);
      }
    });
    found.wait(before);
  };
  return {
    push: (bytes) => {
      size += bytes.length;
      if (size === bytes.length && (bytes[0] === 0x7b || bytes[0] === 0x5b)) text = [];
      if (text !== undefined && size <= largestDocument) {
        text.push(Uint8Array.from(bytes));
        return;
      }
      const layer = (scan ??= scanLayer(true));
      then(() => layer.push(bytes));
    },
    end: () => {
      if (text !== undefined) found.document(parsed(Buffer.concat(text)));
      const layer = scan;
      if (layer !== undefined) then(async () => found.layer(await layer.end()));
    },
  };
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function assemble(documents: Documents, layers: Layers, options: ArchiveOptions): InspectedImage {
  const { name, origin } = options;
  const found = saved(documents) ?? laidOut(documents, options.platform);
  if (found === undefined) throw new BuildFailure(`There is no image in ${name}.`);
  const config = documents.get(found.config);
  const read = found.layers.map((path): ImageLayer => {
    const layer = layers.get(path);
    if (layer === undefined) throw new BuildFailure(`${name} lacks the layer ${path}.`);
    if (layer instanceof Error) {
      throw new BuildFailure(`${name}: the layer ${path} cannot be read: ${layer.message}`, {
        cause: layer,
      });
    }
    const digest = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
    return digest === undefined ? layer : { ...layer, digest: `sha256:${digest}` };
  });
  return { name, origin, config, layers: withHistory(read, config) };
}

type Parts = { readonly config: string; readonly layers: readonly string[] };

/** `manifest.json`, as `docker save` has always written it. */
function saved(documents: Documents): Parts | undefined {
  const list = documents.get('manifest.json');
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  if (!isRecord(first) || typeof first['Config'] !== 'string') return undefined;
  return { config: first['Config'], layers: texts(first['Layers']) };
}

/** `index.json` of an OCI layout. */
function laidOut(documents: Documents, platform: string | undefined): Parts | undefined {
  let found = documents.get('index.json');
  // An index may name another index.
  for (let depth = 0; depth < 4; depth++) {
    if (!isRecord(found)) return undefined;
    const { config } = found;
    if (isRecord(config)) {
      const layers: readonly unknown[] = Array.isArray(found['layers']) ? found['layers'] : [];
      return {
        config: blobPath(config),
        layers: layers.flatMap((layer) => (isRecord(layer) ? [blobPath(layer)] : [])),
      };
    }
    const manifests: readonly unknown[] = Array.isArray(found['manifests'])
      ? found['manifests']
      : [];
    const wanted = chooseManifest(manifests, platform);
    found = wanted === undefined ? undefined : documents.get(blobPath(wanted));
  }
  return undefined;
}

type Descriptor = Readonly<Record<string, unknown>>;

/** The manifest of a platform, else the first that is of an image (attestations are of none). */
export function chooseManifest(
  manifests: readonly unknown[],
  platform: string | undefined,
): Descriptor | undefined {
  const images = manifests
    .filter(isRecord)
    .filter((manifest) => platformOf(manifest) !== 'unknown/unknown');
  return images.find((manifest) => platformOf(manifest) === platform) ?? images[0];
}

function platformOf(manifest: Descriptor): string | undefined {
  const { platform } = manifest;
  if (!isRecord(platform)) return undefined;
  const { os, architecture, variant } = platform;
  return [os, architecture, variant].filter((part) => typeof part === 'string').join('/');
}

function blobPath({ digest }: Descriptor): string {
  return typeof digest === 'string' ? `blobs/${digest.replace(':', '/')}` : '';
}

function texts(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [];
  return values.filter((one) => typeof one === 'string');
}
