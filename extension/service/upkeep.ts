/** Looking at builders and keeping them in order: what they are, what they store, pruning. */
import { formatAddress, builderAddress } from '../../proto/client/address';
import { builderNodes } from '../../proto/client/builders/resolve-builder';
import { builderInfo } from '../engine/builder/builder-info';
import { prunable, usageByType, usageItem, type UsageItem } from '../engine/builder/disk-usage';
import { BackgroundJob } from '../engine/job/background-job';
import type { Builders } from './builders';
import type {
  BuilderDetails,
  BuilderRef,
  Pruned,
  PruneParams,
  PrunePreview,
  Usage,
} from './protocol';

/** How many of the records of a preview are named one by one. */
const namedRecords = 200;
/** Milliseconds between two words on a running prune. */
const progressInterval = 200;

export class Upkeep {
  constructor(
    private readonly builders: Builders,
    private readonly env: NodeJS.ProcessEnv,
    private readonly onPruned: (event: { readonly token: string } & Pruned) => void,
  ) {}

  /** @throws ConnectError, BuildkitError */
  async info({ builder }: BuilderRef): Promise<BuilderDetails> {
    const { address, name } = await this.builders.choose(builder);
    return this.builders.use(builder, async (connection) => {
      const { job, info } = await BackgroundJob.open({ connection, env: this.env });
      try {
        return {
          name,
          address: formatAddress(connection.address),
          nodes: await builderNodes(builderAddress(address), this.env),
          ...(await builderInfo(connection, info)),
        };
      } finally {
        await job.close();
      }
    });
  }

  async usage({ builder }: BuilderRef): Promise<Usage> {
    return usageOf(await this.items(builder));
  }

  /** What {@link prune} with the same options would remove now. */
  async preview({ builder, options }: PruneParams): Promise<PrunePreview> {
    const { filters = [] } = options;
    const [items, matching] = await Promise.all([
      this.items(builder),
      filters.length === 0 ? undefined : this.items(builder, filters),
    ]);
    const matches = matching && new Set(matching.map(({ id }) => id));
    const going = prunable(items, options, Date.now(), matches);
    const named = [...going].sort((a, b) => b.size - a.size).slice(0, namedRecords);
    return { ...usageOf(going), records: named };
  }

  /** Removes; what was removed until a cancellation stays removed, and the answer says how much. */
  async prune(
    { builder, options, token }: PruneParams & { token: string },
    signal: AbortSignal,
  ): Promise<Pruned> {
    const { all, unusedFor, filters = [] } = options;
    let count = 0;
    let size = 0;
    let told = 0;
    // A prune is not repeated on a new connection: nobody knows how far it came.
    const connection = await this.builders.connection(builder);
    const keepDuration = unusedFor === undefined ? 0n : BigInt(Math.round(unusedFor * 1e6));
    for await (const record of connection.control.prune(
      { all, keepDuration, filter: [...filters] },
      { signal },
    )) {
      count++;
      size += Number(record.size);
      if (Date.now() - told < progressInterval) continue;
      told = Date.now();
      this.onPruned({ token, count, size });
    }
    return { count, size };
  }

  private items(
    builder: string | undefined,
    filters: readonly string[] = [],
  ): Promise<UsageItem[]> {
    return this.builders.use(builder, async ({ control }) => {
      const { record } = await control.diskUsage({ filter: [...filters] });
      return record.map(usageItem);
    });
  }
}

function usageOf(items: readonly UsageItem[]): Usage {
  const types = usageByType(items);
  return {
    types,
    count: items.length,
    size: types.reduce((total, { size }) => total + size, 0),
    reclaimable: types.reduce((total, { reclaimable }) => total + reclaimable, 0),
  };
}
