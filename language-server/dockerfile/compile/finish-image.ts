/** What a build's options say of the image that comes out of it. */
import { normalizePlatform } from '../names/platform';
import type { Conversion } from './conversion';
import { GrowingList } from './growing-list';
import type { StageState } from './stage-state';

/** Labels of the command line and the platform of the result. */
export function finishImage(
  { config, targetPlatform, implicitTarget }: Conversion,
  target: StageState,
): void {
  const { image } = target;
  if (config.labels.size > 0) {
    target.image = {
      ...target.image,
      labels: (image.labels ?? GrowingList.of<readonly [string, string]>([])).with([
        ...config.labels,
      ]),
    };
  }
  if (!implicitTarget) {
    const { os, architecture, variant = '', osVersion = '', osFeatures } = targetPlatform;
    const same = os === image.os && architecture === image.architecture;
    target.image = {
      ...target.image,
      os,
      architecture,
      ...((variant !== '' || !same) && { variant }),
      ...((osVersion !== '' || !same) && { osVersion }),
      ...(osFeatures && { osFeatures }),
    };
  }
  const { os, architecture, variant, osVersion, osFeatures } = target.image;
  const normal = normalizePlatform({
    os,
    architecture,
    variant,
    osVersion,
    ...(osFeatures && { osFeatures }),
  });
  target.image = {
    ...target.image,
    os: normal.os,
    architecture: normal.architecture,
    variant: normal.variant ?? '',
    ...(normal.osFeatures && { osFeatures: normal.osFeatures }),
  };
}
