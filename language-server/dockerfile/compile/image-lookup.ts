/** Asks the resolver for images, each only once in a compilation. */
import type { Platform } from '../../../proto/model/op';
import type { ResolveMode } from '../llb/source';
import { sameBytes } from '../text/bytes';
import { formatPlatformAll } from '../names/platform';
import type { ImageResolver, ResolvedImage } from './image-resolver';
import type { SourceResolver } from './source-resolver';

/** A question and what was answered. */
export type ImageAnswer = {
  readonly ref: string;
  readonly platform: Platform;
  readonly mode: ResolveMode;
  readonly answer: Promise<ResolvedImage>;
};

export class ImageLookup {
  readonly #known = new Map<string, ImageAnswer>();

  constructor(private readonly resolver: ImageResolver) {}

  /** Who knows of sources that are no images. */
  get sources(): SourceResolver | undefined {
    return this.resolver.sources;
  }

  /** Rejects as the resolver does. */
  resolve(ref: string, platform: Platform, mode: ResolveMode): Promise<ResolvedImage> {
    const key = `${mode} ${formatPlatformAll(platform)} ${ref}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known.answer;
    const answer = this.resolver.resolve(ref, { platform, mode });
    this.#known.set(key, { ref, platform, mode, answer });
    return answer;
  }

  get answers(): readonly ImageAnswer[] {
    return [...this.#known.values()];
  }

  /** Whether the same questions are answered in the same way. */
  async answersAs(answers: readonly ImageAnswer[]): Promise<boolean> {
    const same = answers.map(async ({ ref, platform, mode, answer }) => {
      const [now, before] = await Promise.all([this.resolve(ref, platform, mode), answer]);
      return (
        now === before ||
        (now.ref === before.ref &&
          now.digest === before.digest &&
          now.uncertain === before.uncertain &&
          sameBytes(now.config, before.config))
      );
    });
    try {
      return (await Promise.all(same)).every(Boolean);
    } catch {
      return false; // Who needs the image hears of it.
    }
  }
}
