/** Reads images out of OCI layouts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../extension/engine/profile/decode';

function blob(layout: string, digest: string): Record<string, unknown> {
  const path = join(layout, 'blobs', 'sha256', digest.replace('sha256:', ''));
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isRecord(value)) throw new Error(`${path} is no JSON object`);
  return value;
}

export type ImageDigests = {
  readonly manifest: string;
  /** Diff ids of the layers: what is in them, whatever their compression. */
  readonly layers: readonly unknown[];
  /** The image's configuration. */
  readonly config: unknown;
};

/** @param digest of the manifest, from the layout's index */
export function digestsIn(layout: string, digest: string | undefined): ImageDigests {
  if (digest === undefined) throw new Error(`${layout} holds no image`);
  const { config } = blob(layout, digest);
  const configDigest = isRecord(config) ? config['digest'] : undefined;
  if (typeof configDigest !== 'string') throw new Error(`${digest} is no manifest of one image`);
  const image = blob(layout, configDigest);
  const rootfs = image['rootfs'];
  const layers: unknown = isRecord(rootfs) ? rootfs['diff_ids'] : undefined;
  if (!Array.isArray(layers)) throw new Error(`${configDigest} names no layers`);
  return { manifest: digest, layers, config: image };
}
