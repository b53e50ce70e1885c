/**
 * Watches one build for its record. What local sources hold is listed while BuildKit works, since
 * the process has little else to do then; what changed meanwhile is found at the end.
 */
import type { BuildGraph } from '../../../proto/model/build-graph';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import { localsOf, recordVersion, vertexRecords, type BuildRecord } from './build-record';
import { type ContextFile, type ContextListing, listContext, settledSince } from './context-files';
import { type Lent, listingsByNeutral, localSources } from './local-sources';
import { recordsFolder, writeBuildRecord } from './record-store';

/** So much is read for hashes that are not known yet; what is beyond is known by its stamp only. */
const budget = 64 * 1024 * 1024;
/** How long a build that is over waits for the listing. Milliseconds. */
const patience = 500;

export class BuildRecorder {
  private readonly listings = new Map<Digest, Promise<ContextListing | undefined>>();
  private readonly stop = new AbortController();

  constructor(private readonly started: number) {}

  /** The definition is known, and with it what will be read. */
  begin(definitions: readonly Definition[], lent: Lent): void {
    const locals = localsOf(definitions).values();
    for (const { digest, source, directory, stored } of localSources(locals, lent)) {
      if (this.listings.has(digest)) continue;
      const listing = listContext(directory, source, {
        store: recordsFolder(),
        budget,
        stored,
        signal: this.stop.signal,
      });
      // Without a listing nothing is known of what was read; the build itself says what is wrong.
      this.listings.set(
        digest,
        listing.catch(() => undefined),
      );
    }
  }

  /** Writes the record. Rejects when the folder cannot be written. */
  async finish(
    facts: Pick<BuildRecord, 'buildId' | 'file' | 'builder' | 'outcome'>,
    graph: BuildGraph,
    definitions: readonly Definition[],
  ): Promise<void> {
    const files = await this.files();
    await writeBuildRecord({
      ...facts,
      version: recordVersion,
      started: this.started,
      finished: Date.now(),
      vertices: vertexRecords(graph, definitions, files),
      sources: listingsByNeutral(definitions, files),
    });
  }

  private async files(): Promise<ReadonlyMap<Digest, readonly ContextFile[]>> {
    const late = setTimeout(() => this.stop.abort(), patience);
    const found = new Map<Digest, readonly ContextFile[]>();
    for (const [digest, listing] of this.listings) {
      const listed = await listing;
      if (listed !== undefined) found.set(digest, settledSince(listed, this.started));
    }
    clearTimeout(late);
    return found;
  }
}
