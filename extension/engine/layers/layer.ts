/**
 * The file system at one place of a build, or of an image: its files, what made it differ from the
 * place before, and all that is worked out from a whole listing. One way of looking for the graph,
 * the tree views and the command line.
 */
import { BuildkitError } from '../../../proto/client/buildkit-error';
import type { Connection } from '../../../proto/client/connect';
import type * as ops from '../../../proto/generated/ops';
import type { Definition } from '../../../proto/model/definition';
import type { OpInput } from '../../../proto/model/op';
import { type Changes, changesBetween } from '../files/changes';
import { compareListings } from '../files/compare-listings';
import { diffRequest } from '../files/diff-definition';
import { exportArchive, exportFiles, type FileTaker, listResult } from '../files/export-result';
import { type ResultTree, resultFiles } from '../files/files';
import { type Listing, ListingBuilder } from '../files/listing';
import { rootInput } from '../files/root-input';
import { BuildFailure } from '../input/build-input';
import type { BackgroundJob } from '../job/background-job';
import { sliceRequest } from '../job/slice';

/** What the layers of one build share. */
export type LayerHost = {
  readonly connection: Connection;
  readonly env: NodeJS.ProcessEnv;
  readonly job: BackgroundJob;
  /** Whether BuildKit can make a result of only what a step touched. */
  readonly canDiff: boolean;
};

/** Directories that are asked for one by one at most; for more, whole listings are cheaper. */
const fewDirectories = 200;

export class Layer {
  private opened: Promise<string> | undefined;
  private listed: Promise<Listing> | undefined;
  private compared: Promise<Changes> | undefined;

  constructor(
    private readonly host: LayerHost,
    readonly definition: Definition,
    readonly output: OpInput,
    /** The layer of another output of the same build. */
    private readonly other: (definition: Definition, output: OpInput) => Layer,
  ) {}

  /** The gateway's name for the result. @throws BuildkitError, BuildFailure where there are no files */
  get ref(): Promise<string> {
    const ref = (this.opened ??= this.solve());
    ref.catch(() => {
      if (this.opened === ref) this.opened = undefined;
    });
    return ref;
  }

  /** @throws BuildkitError, BuildFailure */
  async tree(): Promise<ResultTree> {
    return resultFiles(this.host.job.gateway, await this.ref);
  }

  /** Every file, from one walk that is kept. @throws BuildkitError, BuildFailure, ConnectError */
  get listing(): Promise<Listing> {
    const listing = (this.listed ??= this.list());
    listing.catch(() => {
      if (this.listed === listing) this.listed = undefined;
    });
    return listing;
  }

  /** Lets go of what a walk found, which is large. */
  forget(): void {
    this.listed = undefined;
  }

  get hasListing(): boolean {
    return this.listed !== undefined;
  }

  /** What the step began with; undefined for one that began with nothing. */
  get before(): Layer | undefined {
    const root = rootInput(this.definition, this.output.digest);
    return root === undefined ? undefined : this.other(this.definition, root);
  }

  /** What the step did to the files it began with. @throws as {@link listing} */
  get changes(): Promise<Changes> {
    const changes = (this.compared ??= this.compare());
    changes.catch(() => {
      if (this.compared === changes) this.compared = undefined;
    });
    return changes;
  }

  /** How this layer differs from any other. @throws as {@link listing} */
  async changesFrom(before: Layer): Promise<Changes> {
    const [old, young] = await Promise.all([before.listing, this.listing]);
    return { changes: compareListings(old, young), isPartial: false };
  }

  /** The step's name as BuildKit shows it. */
  get name(): string {
    const { digest } = this.output;
    return this.definition.metadata.get(digest)?.description['llb.customname'] ?? digest;
  }

  /** The message that solves this layer again, once it has been solved. @throws as {@link ref} */
  async request(): Promise<ops.Definition> {
    await this.ref;
    return sliceRequest(this.definition, this.output.digest, this.output.index);
  }

  /** Walks everything anew and reads what `taker` asks for. @throws as {@link listing} */
  async export(taker: FileTaker): Promise<void> {
    const { connection, env, job } = this.host;
    const definition = await this.request();
    await job.use(() => exportFiles({ connection, env, definition, signal: job.signal }, taker));
  }

  /** Everything as the tar archive that BuildKit makes of it. @throws as {@link listing} */
  async archive(take: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    const { connection, env, job } = this.host;
    const definition = await this.request();
    await job.use(() => exportArchive({ connection, env, definition, signal: job.signal }, take));
  }

  private async solve(): Promise<string> {
    const { job } = this.host;
    const definition = sliceRequest(this.definition, this.output.digest, this.output.index);
    const result = await job.gateway.solve({ definition }, { signal: job.signal });
    const ref = result.ref?.id ?? '';
    // A step without a file system (FROM scratch) has no ref.
    if (ref === '') throw new BuildFailure('This step has no files.');
    return ref;
  }

  private async list(): Promise<Listing> {
    const { connection, env, job } = this.host;
    const definition = await this.request();
    return job.use(() => listResult({ connection, env, definition, signal: job.signal }));
  }

  private async compare(): Promise<Changes> {
    const { before } = this;
    if (before === undefined) return this.fromNothing();
    const touched = await this.touched(before);
    // Listings that are there already make everything else a waste.
    const areListed = this.hasListing && before.hasListing;
    if (touched === undefined || areListed || directoriesOf(touched) > fewDirectories) {
      return this.changesFrom(before);
    }
    const [old, young] = await Promise.all([before.tree(), this.tree()]);
    const { changes, isPartial } = await changesBetween(old, young, touched.tree());
    return {
      isPartial,
      changes: changes.map((change) => {
        const index = change.change === 'added' ? touched.find(change.path) : undefined;
        return index !== undefined && touched.isDirectory(index)
          ? { ...change, below: touched.totals(index) }
          : change;
      }),
    };
  }

  private async fromNothing(): Promise<Changes> {
    const listing = await this.listing;
    return {
      changes: compareListings(new ListingBuilder().finish(), listing),
      isPartial: false,
    };
  }

  /** Only what the step touched, where this BuildKit can say so. */
  private async touched(before: Layer): Promise<Listing | undefined> {
    const { connection, env, job, canDiff } = this.host;
    if (!canDiff) return undefined;
    await Promise.all([this.ref, before.ref]);
    const definition = diffRequest(this.definition, before.output, this.output);
    try {
      return await job.use(() => listResult({ connection, env, definition, signal: job.signal }));
    } catch (error) {
      // Some stores say only now that they cannot.
      if (error instanceof BuildkitError) return undefined;
      throw error;
    }
  }
}

function directoriesOf(listing: Listing): number {
  let count = 0;
  for (let index = 0; index < listing.count; index++) if (listing.isDirectory(index)) count++;
  return count;
}
