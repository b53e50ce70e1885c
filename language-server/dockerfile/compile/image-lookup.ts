/** Asks the resolver for images, each only once in a compilation. */
import type { Platform } from '../../../proto/model/op';
import type { ResolveMode } from '../llb/source';
import { formatPlatformAll } from '../names/platform';
import type { ImageResolver, ResolvedImage } from './image-resolver';
import type { SourceResolver } from './source-resolver';

export class ImageLookup {
  readonly #known = new Map<string, Promise<ResolvedImage>>();

  constructor(private readonly resolver: ImageResolver) {}

  /** Who knows of sources that are no images. */
  get sources(): SourceResolver | undefined {
    return this.resolver.sources;
  }

  /** Rejects as the resolver does. */
  resolve(ref: string, platform: Platform, mode: ResolveMode): Promise<ResolvedImage> {
    const key = `${mode} ${formatPlatformAll(platform)} ${ref}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const asked = this.resolver.resolve(ref, { platform, mode });
    this.#known.set(key, asked);
    return asked;
  }
}
