/** A platform as an image config names it. */
import type { Platform } from '../../../../proto/model/op';

export function platformName({ os, architecture, variant }: Platform) {
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}
