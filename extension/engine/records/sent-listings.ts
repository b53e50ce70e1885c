/** What a build's session has sent of this machine's directories: the latest listing of each question. */
import type { Listing } from '../../../proto/client/fsutil/listing';
import type { SessionEvent, SourceQuestion } from '../../../proto/client/session/options';

export class SentListings {
  private readonly listings = new Map<string, Listing>();

  /** Takes what there is of them among a session's events. */
  take(event: SessionEvent): void {
    if (event.type === 'listed') this.listings.set(keyOf(event), event.listing);
  }

  get(question: SourceQuestion): Listing | undefined {
    return this.listings.get(keyOf(question));
  }
}

function keyOf({ name, include, exclude, followPaths }: SourceQuestion): string {
  return JSON.stringify([name, include, exclude, followPaths]);
}
