/**
 * Image metadata while typing: an answer at once, a better one later.
 *
 * The cache answers when it knows the image. Otherwise the compiler gets its own guess, marked
 * uncertain, the builder is asked behind its back, and once the builder has answered the documents
 * that were given a guess are compiled again. What a builder denies is an error from then on.
 */
import { platformText } from '../../proto/model/graph-from-definition';
import type {
  DaemonResolveImageParams,
  DaemonResolveImageResult,
} from '../../proto/messages/language-server';
import type {
  ImageQuery,
  ImageResolver,
  ResolvedImage,
} from '../dockerfile/compile/image-resolver';
import type { ImageCache } from './image-cache';

export type AskDaemon = (params: DaemonResolveImageParams) => Promise<DaemonResolveImageResult>;

/** Milliseconds before a builder that could not answer is asked about the same image again. */
const RETRY = 30_000;

type Denial = { readonly message: string; readonly until: number };

export class ImageLookup {
  private readonly denials = new Map<string, Denial>();
  /** Questions under way or not to be repeated yet, with the documents that wait for them. */
  private readonly waiting = new Map<string, Set<string>>();
  private readonly notBefore = new Map<string, number>();
  private listener: (uri: string) => void = () => undefined;

  /**
   * @param guess what to say of an image that nothing is known of
   * @param ask undefined where no client can be asked
   * @param warn told when the cache cannot be written
   */
  constructor(
    private readonly cache: ImageCache,
    private readonly guess: ImageResolver,
    private readonly ask: AskDaemon | undefined,
    private readonly warn: (message: string) => void,
  ) {}

  /** Called with each document whose guess can be replaced now. */
  onKnown(listener: (uri: string) => void): void {
    this.listener = listener;
  }

  resolverFor(uri: string): ImageResolver {
    return { resolve: (ref, query) => this.resolve(uri, ref, query) };
  }

  private async resolve(uri: string, ref: string, query: ImageQuery): Promise<ResolvedImage> {
    const platform = platformText(query.platform);
    const key = `${ref}\n${platform}`;
    const known = await this.cache.get(ref, platform);
    const fresh = known !== undefined && known.expires > Date.now();
    if (fresh) return { ref, digest: known.digest, config: known.config, uncertain: false };
    const denial = this.denials.get(key);
    if (denial !== undefined && denial.until > Date.now()) throw new Error(denial.message);
    this.askLater(key, { uri, ref, platform });
    if (known !== undefined) {
      return { ref, digest: known.digest, config: known.config, uncertain: true };
    }
    return this.guess.resolve(ref, query);
  }

  private askLater(key: string, params: DaemonResolveImageParams): void {
    if (this.ask === undefined) return;
    const waiting = this.waiting.get(key);
    if (waiting !== undefined) {
      waiting.add(params.uri);
      return;
    }
    if ((this.notBefore.get(key) ?? 0) > Date.now()) return;
    const uris = new Set([params.uri]);
    this.waiting.set(key, uris);
    this.notBefore.set(key, Date.now() + RETRY);
    this.ask(params)
      .then(async (answer) => {
        if (answer.outcome === 'offline') return;
        if (answer.outcome === 'failed') {
          this.denials.set(key, { message: answer.message, until: Date.now() + RETRY });
        } else {
          const config = new TextEncoder().encode(answer.config);
          await this.cache.put(params.ref, params.platform, { digest: answer.digest, config });
        }
        for (const uri of uris) this.listener(uri);
      })
      .catch((error: unknown) => {
        this.warn(`${params.ref}: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => this.waiting.delete(key));
  }
}
