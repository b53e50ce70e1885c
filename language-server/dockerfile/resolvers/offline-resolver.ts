/** Guesses about images when nobody can be asked. */
import type { Platform } from '../../../proto/model/op';
import type { ImageQuery, ImageResolver, ResolvedImage } from '../compile/image-resolver';
import { defaultPathVariable } from '../names/os-path';

/** A look-up among images that are known already, for example from a cache on disk. */
export type KnownImages = (ref: string, platform: Platform) => ResolvedImage | undefined;

/** Answers from what is known, else with a guess that says so. */
export function offlineResolver(known: KnownImages = () => undefined): ImageResolver {
  return {
    resolve: (ref: string, { platform }: ImageQuery) =>
      Promise.resolve(known(ref, platform) ?? guess(ref, platform)),
  };
}

/**
 * An image of which only the name is known: it is taken to have the usual PATH, a shell and one
 * layer. It has no digest, so a reference without one stays as it is.
 */
export function guess(ref: string, platform: Platform): ResolvedImage {
  const { os, architecture, variant, osVersion } = platform;
  const config = {
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    ...(osVersion !== undefined && { 'os.version': osVersion }),
    config: os === 'windows' ? {} : { Env: [`PATH=${defaultPathVariable(os)}`], Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] },
  };
  return {
    ref,
    config: new TextEncoder().encode(JSON.stringify(config)),
    uncertain: true,
    via: 'guess',
  };
}
