/** What a compilation asks of the world outside: images, each only once, and sources it reads. */
import type { Output } from '../llb/vertex';
import { sameBytes } from '../text/bytes';
import { formatPlatformAll } from '../names/platform';
import type { ImageQuery, ImageResolver, ResolvedImage } from './image-resolver';
import type { SourceResolver } from './source-resolver';

/** A question and what was answered. */
export type ImageAnswer = ImageQuery & {
  readonly ref: string;
  readonly answer: Promise<ResolvedImage>;
};

export class ImageLookup {
  readonly #known = new Map<string, ImageAnswer>();
  readonly #read = new Map<string, Output>();

  constructor(private readonly resolver: ImageResolver) {}

  /** Who knows of sources that are no images. */
  get sources(): SourceResolver | undefined {
    return this.resolver.sources;
  }

  /** Rejects as the resolver does. */
  resolve(ref: string, query: ImageQuery): Promise<ResolvedImage> {
    const key = `${query.mode} ${formatPlatformAll(query.platform)} ${ref}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known.answer;
    const answer = this.resolver.resolve(ref, query);
    this.#known.set(key, { ...query, ref, answer });
    return answer;
  }

  get answers(): readonly ImageAnswer[] {
    return [...this.#known.values()];
  }

  /** Notes a source that BuildKit's frontend reads files of, by a key that tells it from others. */
  noteRead(key: string, source: Output): void {
    this.#read.set(key, source);
  }

  /** Ignore files of named contexts, and archives whose newest file dates the build. */
  get readSources(): readonly Output[] {
    return [...this.#read.values()];
  }

  /** Whether the same questions are answered in the same way. */
  async answersAs(answers: readonly ImageAnswer[]): Promise<boolean> {
    const same = answers.map(async ({ ref, answer, ...query }) => {
      const [now, before] = await Promise.all([this.resolve(ref, query), answer]);
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
