/**
 * Image metadata while typing: an answer at once, a better one later.
 *
 * The cache answers when it knows the image. Otherwise the compiler gets its own guess, marked
 * uncertain, and the sources are asked one after the other behind its back: the builder, then the
 * registry. Once one has answered, the documents that were given a guess are compiled again. What a
 * source denies is an error from then on. A look-up that no open document waits for is cancelled.
 */
import { platformText } from '../../proto/model/graph-node';
import type {
  ImageQuery,
  ImageResolver,
  ResolvedImage,
} from '../dockerfile/compile/image-resolver';
import { sizesOf, type ImageCache } from './image-cache';
import type { ImageAnswer, ImageQuestion, ImageSizes, ImageSource } from './image-source';

/** Milliseconds before sources that could not answer are asked about the same image again. */
const RETRY = 30_000;

/** Milliseconds before an image without a size is asked for again: it may be unpacked by then. */
const SIZE_RETRY = 10 * 60 * 1000;

type Denial = { readonly message: string; readonly until: number };

/** A look-up under way, and the documents that wait for it. */
type Pending = { readonly uris: Set<string>; readonly stop: AbortController };

type CachedAnswer = Parameters<ImageCache['put']>[2];

const hasNoSize = ({ size, onDisk }: ImageSizes): boolean =>
  size === undefined && onDisk === undefined;

export class ImageLookup {
  private readonly denials = new Map<string, Denial>();
  private readonly pending = new Map<string, Pending>();
  private readonly notBefore = new Map<string, number>();
  private listener: (uri: string) => void = () => undefined;

  /**
   * @param guess what to say of an image that nothing is known of
   * @param sources in the order to ask them
   * @param warn told why a source could not answer, or the cache not be written
   */
  constructor(
    private readonly cache: ImageCache,
    private readonly guess: ImageResolver,
    private readonly sources: readonly ImageSource[],
    private readonly warn: (message: string) => void,
  ) {}

  /** Called with each document whose guess can be replaced now. */
  onKnown(listener: (uri: string) => void): void {
    this.listener = listener;
  }

  resolverFor(uri: string): ImageResolver {
    return { resolve: (ref, query) => this.resolve(uri, ref, query) };
  }

  /** The document is closed: look-ups that only it waits for end. */
  drop(uri: string): void {
    for (const [key, { uris, stop }] of this.pending) {
      if (!uris.delete(uri) || uris.size > 0) continue;
      stop.abort();
      this.pending.delete(key);
      this.notBefore.delete(key);
    }
  }

  /** Asks again at the next need what could not be asked: a setting or the trust has changed. */
  retry(): void {
    this.notBefore.clear();
    this.denials.clear();
  }

  private async resolve(uri: string, ref: string, query: ImageQuery): Promise<ResolvedImage> {
    const { mode } = query;
    const platform = platformText(query.platform);
    const key = `${ref}\n${platform}\n${mode}`;
    const known = await this.cache.get(ref, platform, mode);
    const fresh = known !== undefined && known.expires > Date.now();
    if (!fresh) {
      const denial = this.denials.get(key);
      if (denial !== undefined && denial.until > Date.now()) throw new Error(denial.message);
      this.askLater(key, { uri, ref, platform, mode });
    }
    if (known === undefined) return this.guess.resolve(ref, query);
    const { digest, config, via, stored } = known;
    if (fresh && hasNoSize(known) && Date.now() - stored > SIZE_RETRY) {
      this.askLater(key, { uri, ref, platform, mode });
    }
    return { ref, digest, config, via, stored, ...sizesOf(known), uncertain: !fresh };
  }

  private askLater(key: string, question: ImageQuestion): void {
    if (this.sources.length === 0) return;
    const waiting = this.pending.get(key);
    if (waiting !== undefined) {
      waiting.uris.add(question.uri);
      return;
    }
    if ((this.notBefore.get(key) ?? 0) > Date.now()) return;
    const pending = { uris: new Set([question.uri]), stop: new AbortController() };
    this.pending.set(key, pending);
    this.notBefore.set(key, Date.now() + RETRY);
    this.askAll(key, question, pending)
      .catch((error: unknown) => {
        this.warn(`${question.ref}: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => {
        if (this.pending.get(key) === pending) this.pending.delete(key);
      });
  }

  private async askAll(key: string, question: ImageQuestion, pending: Pending): Promise<void> {
    const { signal } = pending.stop;
    for (const source of this.sources) {
      const answer: ImageAnswer = await source.ask(question, signal);
      if (signal.aborted) return;
      if (answer.outcome === 'offline') {
        if (answer.reason !== undefined) this.warn(`${question.ref}: ${answer.reason}`);
        continue;
      }
      if (answer.outcome === 'failed') {
        this.denials.set(key, { message: answer.message, until: Date.now() + RETRY });
      } else {
        const image = { ...answer, via: source.via, mode: question.mode };
        await this.cache.put(question.ref, question.platform, image);
        if (answer.size === undefined) await this.addSize(question, image, pending);
      }
      for (const uri of pending.uris) this.listener(uri);
      return;
    }
  }

  /** A builder does not tell how much there is to download. Nobody waits for this but the hover. */
  private async addSize(
    question: ImageQuestion,
    image: CachedAnswer,
    pending: Pending,
  ): Promise<void> {
    for (const uri of pending.uris) this.listener(uri);
    const { ref, platform } = question;
    const pinned = { ...question, ref: ref.includes('@') ? ref : `${ref}@${image.digest}` };
    for (const source of this.sources) {
      const size = await source.downloadSize?.(pinned, pending.stop.signal);
      if (size === undefined) continue;
      await this.cache.put(ref, platform, { ...image, size });
      return;
    }
  }
}
