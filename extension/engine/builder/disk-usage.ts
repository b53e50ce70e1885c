/** What a builder keeps on its disk, by kind of record, and what a prune would remove of it. */
import type { UsageRecord } from '../../../proto/generated/control';
import { milliseconds } from '../progress/status-update';

export type UsageItem = {
  readonly id: string;
  readonly type: string;
  readonly description: string;
  /** Bytes. */
  readonly size: number;
  readonly inUse: boolean;
  /** Kept by something else too, such as an image of the same engine. */
  readonly shared: boolean;
  readonly parents: readonly string[];
  /** Milliseconds since the epoch. */
  readonly lastUsed?: number;
  readonly uses: number;
};

/** One kind of record. */
export type UsageOfType = {
  /** BuildKit's word: `regular`, `source.local`, `exec.cachemount`, `frontend`, `internal`. */
  readonly type: string;
  readonly count: number;
  /** Bytes. */
  readonly size: number;
  readonly reclaimable: number;
};

export function usageItem(record: UsageRecord): UsageItem {
  const lastUsed = milliseconds(record.lastUsedAt);
  const { parent, parents } = record;
  return {
    id: record.id,
    // Records of before 0.9 have none, and are ordinary.
    type: record.recordType === '' ? 'regular' : record.recordType,
    description: record.description,
    size: Math.max(0, Number(record.size)),
    inUse: record.inUse,
    shared: record.shared,
    parents: parents.length > 0 || parent === '' ? parents : [parent],
    ...(lastUsed === undefined ? {} : { lastUsed }),
    uses: Number(record.usageCount),
  };
}

/** The largest kind first. */
export function usageByType(items: readonly UsageItem[]): UsageOfType[] {
  const types = new Map<string, UsageOfType>();
  for (const { type, size, inUse } of items) {
    const known = types.get(type) ?? { type, count: 0, size: 0, reclaimable: 0 };
    types.set(type, {
      type,
      count: known.count + 1,
      size: known.size + size,
      reclaimable: known.reclaimable + (inUse ? 0 : size),
    });
  }
  return [...types.values()].sort((a, b) => b.size - a.size);
}

export type PruneOptions = {
  /** Also what frontends and BuildKit itself keep, and what images share. */
  readonly all: boolean;
  /** Only records that nobody has used for this long. Milliseconds. */
  readonly unusedFor?: number;
  /** BuildKit's own filters, such as `type==source.local`; a record that matches any of them goes. */
  readonly filters?: readonly string[];
};

/**
 * What a prune would remove now, by BuildKit's own rules: nothing in use; without `all` nothing
 * internal, nothing of frontends and nothing shared; and never the parent of what stays.
 * @param matches the ids that the filters let through, which BuildKit itself works out; default: all
 */
export function prunable(
  items: readonly UsageItem[],
  { all, unusedFor }: PruneOptions,
  now: number,
  matches: ReadonlySet<string> = new Set(items.map(({ id }) => id)),
): UsageItem[] {
  const byId = new Map(items.map((item) => [item.id, item]));
  const stays = new Set<string>();
  const keep = (start: UsageItem): void => {
    const waiting = [start];
    for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
      if (stays.has(item.id)) continue;
      stays.add(item.id);
      waiting.push(...item.parents.flatMap((parent) => byId.get(parent) ?? []));
    }
  };
  for (const item of items) {
    const spared =
      item.inUse ||
      !matches.has(item.id) ||
      (!all && (item.shared || item.type === 'internal' || item.type === 'frontend')) ||
      (unusedFor !== undefined && item.lastUsed !== undefined && now - item.lastUsed < unusedFor);
    if (spared) keep(item);
  }
  return items.filter(({ id }) => !stays.has(id));
}
