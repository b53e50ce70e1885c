/** What BuildKit's frontend asks of the builder before the build: the metadata of images and the files it reads itself. */
import type { Definition } from '../../../proto/model/definition';
import { marshalGraph } from '../llb/marshal-graph';
import { defaultPlatform, formatPlatformAll, normalizePlatform } from '../names/platform';
import type { Config } from './config';
import { fieldOrder } from './frontend-features';
import { metadataLogName } from './image-resolver';
import { contextIgnoreFile } from './main-context';
import type { Session } from './request';
import type { FrontendRequests } from './result';

/** In the order in which they were asked for. BuildKit asks for stages side by side, in any order. */
export function frontendRequests({ config, context, images }: Session): FrontendRequests {
  const ignoreFile = contextIgnoreFile(config, context);
  return {
    images: images.answers.map(({ ref, platform, mode, logName, store }) => ({
      ref,
      platform: formatPlatformAll(normalizePlatform(platform)),
      mode: store === undefined ? mode : `oci-layout:${store}`,
      logName: logName ?? metadataLogName(ref),
    })),
    loads: [
      context.dockerfile,
      ...(ignoreFile === undefined ? [] : [ignoreFile]),
      ...images.readSources,
    ].map((output) => marshalled(config, output)),
  };
}

function marshalled(config: Config, output: Session['context']['dockerfile']): Definition {
  return marshalGraph(output, {
    platform: defaultPlatform,
    supports: config.supports,
    order: fieldOrder(config.options.frontendRelease),
  }).definition;
}
