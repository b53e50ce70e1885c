/**
 * Looks into an image: by what the builder exports, which is what `FROM` would bring; from the Docker
 * Engine or the registry where the builder's store exports no images; from an archive; and for a step
 * of a build on such a store by comparing the steps one after the other.
 */
import { createReadStream } from 'node:fs';
import type { Connection } from '../../../proto/client/connect';
import { EngineError, saveImage } from '../../../proto/client/docker-engine';
import { configuredMirrors } from '../../../proto/client/registry/configured-mirrors';
import { RegistryError } from '../../../proto/client/registry/registry-error';
import { Registry } from '../../../proto/client/registry/registry';
import {
  parseNormalized,
  withDefaultTag,
} from '../../../language-server/dockerfile/names/image-reference';
import { exportResult } from '../files/export-result';
import { BuildFailure } from '../input/build-input';
import { LayerBuild, type LayerPlatform } from '../layers/layer-build';
import type { Layer } from '../layers/layer';
import { engineOf, hasContainerdStore, isDockerWorker } from '../request/build-request';
import { type InspectedImage, withHistory } from './image';
import { imageFromArchive } from './image-archive';
import { imageFromRegistry } from './registry-image';
import { TarError } from './tar-scanner';
import { layersOfSteps } from './step-layers';

export type InspectOptions = {
  readonly connection: Connection;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
};

/** An archive of `docker save`, or of BuildKit's exporters. @throws BuildFailure, the file system's errors */
export function inspectArchive(file: string, platform?: string): Promise<InspectedImage> {
  const bytes = createReadStream(file, { highWaterMark: 1024 * 1024 });
  return explained(file, () =>
    imageFromArchive(bytes, { name: file, origin: 'archive', platform }),
  );
}

/** What registries, engines and archives say is for the user. */
async function explained<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isWords =
      error instanceof RegistryError || error instanceof EngineError || error instanceof TarError;
    if (!isWords) throw error;
    throw new BuildFailure(`${name} cannot be looked into: ${error.message}`, { cause: error });
  }
}

/**
 * An image by its reference.
 * @throws BuildFailure, ConnectError, BuildkitError
 */
export function inspectReference(
  reference: string,
  platform: LayerPlatform | undefined,
  options: InspectOptions,
): Promise<InspectedImage> {
  return explained(reference, () => referenced(reference, platform, options));
}

async function referenced(
  reference: string,
  platform: LayerPlatform | undefined,
  options: InspectOptions,
): Promise<InspectedImage> {
  const { connection, env, signal } = options;
  if (exportsImages(connection)) {
    const build = await LayerBuild.ofImage(connection, env, { reference, platform });
    try {
      const config = await build.imageConfig(reference, platform);
      const image = await exported(build.result(), reference, options);
      return { ...image, config, layers: withHistory(image.layers, config) };
    } finally {
      await build.close();
    }
  }
  const name = withDefaultTag(parseNormalized(reference));
  const engine = engineOf(connection);
  if (engine !== undefined && platform === undefined) {
    try {
      const archive = await saveImage(engine, reference, signal);
      return await imageFromArchive(archive, { name: reference, origin: 'docker' });
    } catch (error) {
      // The engine does not have it; the registry may.
      if (!(error instanceof EngineError)) throw error;
    }
  }
  const registry = new Registry({ env, logins: true, mirrors: () => configuredMirrors(env) });
  const wanted = platform ?? { os: 'linux', architecture: hostArchitecture(connection) };
  const version = name.digest ?? name.tag ?? 'latest';
  try {
    return await imageFromRegistry(registry, {
      repository: name,
      version,
      name: reference,
      platform: wanted,
      signal,
    });
  } catch (error) {
    if (!(error instanceof RegistryError) || error.problem === 'cancelled') throw error;
    // The builder may have it from elsewhere (a mirror of its own), but only as a whole.
    return mountedImage(reference, platform, options);
  }
}

async function mountedImage(
  reference: string,
  platform: LayerPlatform | undefined,
  { connection, env }: InspectOptions,
): Promise<InspectedImage> {
  const build = await LayerBuild.ofImage(connection, env, { reference, platform });
  try {
    const config = await build.imageConfig(reference, platform);
    const layers = await layersOfSteps([build.result()]);
    return { name: reference, origin: 'files', config, layers };
  } finally {
    await build.close();
  }
}

/** The image that a build would make of a place of it. @throws as {@link inspectReference} */
export async function inspectLayer(
  build: LayerBuild,
  layer: Layer,
  name: string,
  options: InspectOptions,
): Promise<InspectedImage> {
  if (exportsImages(options.connection)) return exported(layer, name, options);
  return { name, origin: 'steps', layers: await layersOfSteps(build.chainTo(layer)) };
}

/** Docker's classic store has no layers that could be exported. */
function exportsImages(connection: Connection): boolean {
  return !isDockerWorker(connection) || hasContainerdStore(connection);
}

async function exported(
  layer: Layer,
  name: string,
  { connection, env, signal }: InspectOptions,
): Promise<InspectedImage> {
  let image: InspectedImage | undefined;
  const definition = await layer.request();
  // Layers that are not compressed yet stay so: nobody stores them.
  const exporter = { type: 'oci', attributes: { compression: 'uncompressed' } };
  await exportResult({ connection, env, definition, signal }, exporter, {
    kind: 'archive',
    take: async (bytes) => {
      image = await imageFromArchive(bytes, { name, origin: 'builder' });
    },
  });
  if (image === undefined) throw new BuildFailure(`The builder exported nothing of ${name}.`);
  return image;
}

function hostArchitecture({ workers }: Connection): string {
  return workers[0]?.platforms[0]?.architecture ?? 'amd64';
}
