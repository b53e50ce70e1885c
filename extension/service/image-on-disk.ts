/**
 * How much an image takes on a builder's disk, where the builder can tell.
 *
 * BuildKit's answer about an image is its config, which has no sizes. Once it has unpacked one, its
 * cache has a record for each layer, the top one described by the reference that was pulled. A Docker
 * Engine also has a store of its own.
 */
import type { Connection } from '../../proto/client/connect';
import { engineImage } from '../../proto/client/docker-engine';
import type { UsageRecord } from '../../proto/generated/control';
import { engineOf } from '../engine/request/build-request';

/**
 * Bytes; undefined where the builder has not unpacked the image, or does not tell.
 * @param records all that the builder has on its disk
 * @param image its digest is that of the manifest or index which the reference stands for
 */
export async function imageOnDisk(
  connection: Connection,
  records: readonly UsageRecord[],
  image: { readonly ref: string; readonly digest: string },
): Promise<number | undefined> {
  const unpacked = unpackedSize(records, image.digest);
  const engine = engineOf(connection);
  if (unpacked !== undefined || engine === undefined) return unpacked;
  const stored = await engineImage(engine, image.ref);
  return stored?.digests.includes(image.digest) === true ? stored.size : undefined;
}

/**
 * The sizes of a pulled image's layers, from the top one down. Undefined when one of them is not
 * known (layers of Docker's older store count as nothing), and for an index that was pulled for two
 * platforms: its records do not say which is which.
 */
export function unpackedSize(
  records: readonly Pick<UsageRecord, 'id' | 'parents' | 'size' | 'description'>[],
  digest: string,
): number | undefined {
  // Several tags may stand for it; the records bear the one that was pulled first.
  const named = records.filter(
    ({ description }) =>
      description.startsWith('pulled from ') && description.endsWith(`@${digest}`),
  );
  const below = new Set(named.flatMap(({ parents }) => parents));
  const [top, ...others] = named.filter(({ id }) => !below.has(id));
  if (top === undefined || others.length > 0) return undefined;
  const byId = new Map(records.map((record) => [record.id, record]));
  let sum = 0;
  for (const id of layers(top.id, byId)) {
    const size = Number(byId.get(id)?.size ?? 0n);
    if (size <= 0) return undefined;
    sum += size;
  }
  return sum;
}

/** A record and all that it stands on; a set grows while it is walked. */
function layers(
  top: string,
  records: ReadonlyMap<string, Pick<UsageRecord, 'parents'>>,
): ReadonlySet<string> {
  const found = new Set([top]);
  for (const id of found) for (const parent of records.get(id)?.parents ?? []) found.add(parent);
  return found;
}
