/** What a build leaves beside its outputs: image id, metadata. */
import { rename, writeFile } from 'node:fs/promises';
import { isRecord } from '../../engine/profile/decode';

type Exported = ReadonlyMap<string, string>;

/** The digest of the image's config, which Docker calls the image's id; else that of its manifest. */
export function imageId(exported: Exported): string | undefined {
  return exported.get('containerimage.config.digest') ?? exported.get('containerimage.digest');
}

/**
 * What the exporters answered as one JSON object. Values that are JSON objects themselves, most of
 * them in base64, are put in as such.
 */
export function metadataOf(exported: Exported): Record<string, unknown> {
  return Object.fromEntries(
    [...exported]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, structured(key, value) ?? value]),
  );
}

function structured(key: string, value: string): object | undefined {
  const text = key === 'result.json' ? value : Buffer.from(value, 'base64').toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRecord(parsed) && Object.keys(parsed).length > 0) return parsed;
    const isTable = Array.isArray(parsed) && parsed.length > 0 && parsed.every(isRecord);
    return isTable ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** A reader sees the whole file or none. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.${crypto.randomUUID()}.partial`;
  await writeFile(partial, text);
  await rename(partial, path);
}
