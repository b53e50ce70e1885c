/**
 * Which image derivations take their tools from: the one asked for, else the one that the environment
 * names, else the pinned busybox. A builder that has its images from a mirror may not have just that
 * one; what its tag names there is then taken instead, which is said, as steps have other digests then.
 */
import {
  TOOLS_DIGEST,
  TOOLS_TAG,
  TOOLS_VARIABLE,
  type ShellImage,
} from '../../../language-server/derivation';
import type { ImageResolver } from '../../../language-server/dockerfile/compile/image-resolver';
import type { Platform } from '../../../proto/model/op';

export type ToolsImage = Pick<ShellImage, 'ref' | 'digest'> & {
  /** What to say of it. */
  readonly note?: string;
};

/** Rejects with the resolver's error when the image cannot be had. */
export async function toolsImage(
  asked: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  resolver: ImageResolver,
  platform: Platform,
): Promise<ToolsImage> {
  const named = asked ?? env[TOOLS_VARIABLE];
  if (named !== undefined && named !== '') return resolved(named, resolver, platform);
  try {
    return await resolved(`${TOOLS_TAG}@${TOOLS_DIGEST}`, resolver, platform);
  } catch (error) {
    const image = await resolved(TOOLS_TAG, resolver, platform).catch(() => undefined);
    if (image === undefined) throw error;
    const note =
      `This builder cannot get ${TOOLS_TAG}@${TOOLS_DIGEST}; what it knows by that tag is used ` +
      `instead (${image.digest ?? 'no digest'}). Set the tools image, or ${TOOLS_VARIABLE}, to choose.`;
    return { ...image, note };
  }
}

async function resolved(
  name: string,
  resolver: ImageResolver,
  platform: Platform,
): Promise<ToolsImage> {
  const { ref, digest } = await resolver.resolve(name, { platform, mode: 'default' });
  if (digest === undefined) return { ref };
  // A name that was pinned comes back with its digest.
  return { ref: ref.replace(/@.*$/, ''), digest };
}
