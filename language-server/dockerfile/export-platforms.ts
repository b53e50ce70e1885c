/** `refs.platforms`: what BuildKit's frontend tells the exporters of the platforms of its results. */
import type { Platform } from '../../proto/model/op';
import { imagePlatform, readImageConfig } from './compile/image-config';
import type { PlatformResult } from './compile/result';
import { formatPlatformAll, normalizePlatform } from './names/platform';
import type { ProtoJson } from './proto-json';

/** In the JSON of BuildKit's exporters. */
export function exportPlatforms(results: readonly PlatformResult[]): ProtoJson {
  return {
    Platforms: results.map((result) => ({
      ID: formatPlatformAll(result.requested),
      Platform: platformJson(exported(result)),
    })),
  };
}

/** A Windows image says for which version of Windows it is, unless the build does. */
function exported({ requested: platform, imageConfigBytes }: PlatformResult): Platform {
  if (platform.os !== 'windows') return platform;
  const image = imagePlatform(readImageConfig(imageConfigBytes));
  if (image.os !== platform.os) return platform;
  const { osVersion = image.osVersion, osFeatures = image.osFeatures } = platform;
  return normalizePlatform({
    ...platform,
    ...(osVersion !== undefined && { osVersion }),
    ...(osFeatures !== undefined && { osFeatures }),
  });
}

function platformJson(platform: Platform): ProtoJson {
  const { architecture, os, osVersion = '', osFeatures = [], variant = '' } = platform;
  return {
    architecture,
    os,
    ...(osVersion !== '' && { 'os.version': osVersion }),
    ...(osFeatures.length > 0 && { 'os.features': osFeatures }),
    ...(variant !== '' && { variant }),
  };
}
