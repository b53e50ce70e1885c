/** What a build's session has sent of this machine's directories: the latest listing of each question. */
import type { Listing } from '../../../proto/client/fsutil/listing';
import type { SessionEvent, SourceQuestion } from '../../../proto/client/session/options';

export class SentListings {
  private readonly listings = new Map<string, Listing>();
  private readonly watchers = new Map<string, (listing: Listing) => void>();

  /** Takes what there is of them among a session's events. */
  take(event: SessionEvent): void {
    if (event.type !== 'listed') return;
    const key = keyOf(event);
    this.listings.set(key, event.listing);
    this.watchers.get(key)?.(event.listing);
  }

  /** Tells from now on what is listed for a question; of several who ask, the last one. */
  watch(question: SourceQuestion, listed: (listing: Listing) => void): void {
    this.watchers.set(keyOf(question), listed);
  }

  get(question: SourceQuestion): Listing | undefined {
    return this.listings.get(keyOf(question));
  }
}

function keyOf({ name, include, exclude, followPaths }: SourceQuestion): string {
  return JSON.stringify([name, include, exclude, followPaths]);
}
