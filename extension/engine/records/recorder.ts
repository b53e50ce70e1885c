/**
 * Makes the record of one build. What its local sources hold is what its session listed while it
 * sent them; only sources that BuildKit never asked for are looked at again.
 */
import type { BuildGraph } from '../../../proto/model/build-graph';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { Listing } from '../../../proto/client/fsutil/listing';
import { localsOf, recordVersion, vertexRecords, type BuildRecord } from './build-record';
import {
  type ContextFile,
  contextFiles,
  listContext,
  questionOf,
  settledSince,
} from './context-files';
import type { ReadBudget } from './file-hashes';
import { type Lent, listingsByNeutral, type LocalSource, localSources } from './local-sources';
import { recordsFolder, writeBuildRecord } from './record-store';
import type { SentListings } from './sent-listings';

/**
 * So much is read beside a build for hashes that neither are known nor came with what was sent, in
 * bytes; the rest waits for the next builds.
 */
const budget = 16 * 1024 * 1024;
/** So much of it once the build is over: nobody wants to wait for what only the next one uses. Bytes. */
const lateBudget = 1024 * 1024;
/** How long a build that is over waits for what it was not sent. Milliseconds. */
const patience = 500;

export class BuildRecorder {
  private readonly sources = new Map<Digest, LocalSource>();
  /** What is being found out of the files that were listed, while the build goes on. */
  private readonly looks = new Map<Listing, Promise<readonly ContextFile[]>>();
  private readonly late = new AbortController();
  private readonly reading: ReadBudget = { left: budget };

  /** @param started milliseconds since the epoch */
  constructor(
    private readonly started: number,
    private readonly sent: SentListings,
  ) {}

  /** The definition is known, and with it what will be read. */
  begin(definitions: readonly Definition[], lent: Lent): void {
    for (const source of localSources(localsOf(definitions).values(), lent)) {
      this.sources.set(source.digest, source);
      this.sent.watch(questionOf(source.source), (listing) => {
        // Whoever waits for it is told how it went.
        this.look(listing).catch(() => undefined);
      });
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
    this.reading.left = Math.min(this.reading.left, lateBudget);
    const timer = setTimeout(() => this.late.abort(), patience);
    const found = new Map<Digest, readonly ContextFile[]>();
    for (const [digest, source] of this.sources) {
      try {
        found.set(digest, await this.filesOf(source));
      } catch {
        // Without a listing nothing is known of what was read; the build itself says what is wrong.
      }
    }
    clearTimeout(timer);
    return found;
  }

  private async filesOf({
    source,
    directory,
    stored,
  }: LocalSource): Promise<readonly ContextFile[]> {
    const { signal } = this.late;
    const listing =
      this.sent.get(questionOf(source)) ??
      (await listContext(directory, source, { stored, signal }));
    return settledSince(listing, await this.look(listing), this.started);
  }

  private look(listing: Listing): Promise<readonly ContextFile[]> {
    const known = this.looks.get(listing);
    if (known !== undefined) return known;
    const { signal } = this.late;
    const files = contextFiles(listing, { store: recordsFolder(), budget: this.reading, signal });
    this.looks.set(listing, files);
    return files;
  }
}
