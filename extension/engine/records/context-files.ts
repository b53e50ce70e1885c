/** What a local source of a build holds: every file that its op lets through, with its hash. */
import { lstatSync, realpathSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { GoMode, isRegular } from '../../../proto/client/fsutil/go-mode';
import {
  type Listing,
  ListingBuilder,
  pathsOf,
  StampField,
} from '../../../proto/client/fsutil/listing';
import { filterOf } from '../../../proto/client/fsutil/send';
import { walk } from '../../../proto/client/fsutil/walk';
import type { SourceQuestion } from '../../../proto/client/session/options';
import type { SourceOp } from '../../../proto/model/op';
import { list, text } from '../profile/decode';
import { fileHashes, type HashOptions, stampField } from './file-hashes';

export type ContextFile = {
  /** Relative to the source's root, with forward slashes. */
  readonly path: string;
  /** A file mode of Go, as BuildKit gets it. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** Where a symbolic link points. */
  readonly link?: string;
  /** sha256 of the contents in hex; absent for what is no file, and where it is not known. */
  readonly hash?: string;
  /** It changed while it was being built, so nobody knows which version was. */
  readonly unsettled?: boolean;
};

export type ListOptions = HashOptions & {
  /** Whether the source is a store of Nix, whose files are said to be of another mode. */
  readonly stored?: boolean;
};

/** Entries looked at before other work gets its turn. */
const batch = 256;

/** How BuildKit asks for what a local source's op names. */
export function questionOf({ identifier, attrs }: SourceOp): SourceQuestion {
  const patterns = (name: string): readonly string[] => {
    const value = attrs[name];
    if (value === undefined) return [];
    const parsed: unknown = JSON.parse(value);
    return list(text)(parsed, name);
  };
  return {
    name: identifier.replace(/^local:\/\//, ''),
    include: patterns('local.includepattern'),
    exclude: patterns('local.excludepatterns'),
    followPaths: patterns('local.followpaths'),
  };
}

/**
 * Looks at what a local source holds now.
 * @param directory where it lies
 * @throws the file system's errors, BadPattern, or the signal's reason
 */
export async function listContext(
  directory: string,
  source: SourceOp,
  { stored = false, signal }: Pick<ListOptions, 'stored' | 'signal'> = {},
): Promise<Listing> {
  const root = realpathSync(directory);
  const listing = new ListingBuilder(root, lstatSync(root, { bigint: true }).ctimeNs);
  let seen = 0;
  for (const entry of walk(root, filterOf(root, { ...questionOf(source), stored }))) {
    if (++seen % batch === 0) {
      signal?.throwIfAborted();
      await setImmediate();
    }
    listing.add(entry);
  }
  return listing.finish();
}

/**
 * The files of a listing, in its order.
 * @throws the signal's reason
 */
export async function contextFiles(
  listing: Listing,
  options: HashOptions,
): Promise<readonly ContextFile[]> {
  const hashes = await fileHashes(listing, options);
  return pathsOf(listing).map((path, index) => {
    const mode = listing.modes[index] ?? 0;
    // The second name of a file is sent as a link to the first, but it is a file with its contents.
    const link = isRegular(mode) ? undefined : listing.links.get(index);
    const hash = hashes[index];
    return {
      path,
      mode,
      size: Number(stampField(listing, index, StampField.size)),
      ...(link === undefined ? {} : { link }),
      ...(hash === undefined ? {} : { hash }),
    };
  });
}

/**
 * The files of a build's listing: what has changed since the build began is marked as unsettled,
 * because BuildKit may have read it before or after that. The root itself is among them where it
 * has changed.
 * @param since milliseconds since the epoch
 */
export function settledSince(
  listing: Listing,
  files: readonly ContextFile[],
  since: number,
): ContextFile[] {
  const beginning = BigInt(Math.floor(since)) * 1_000_000n;
  const settled = files.map((file, index): ContextFile => {
    const isSettled =
      stampField(listing, index, StampField.changed) < beginning && !listing.altered.has(index);
    return isSettled ? file : { ...file, unsettled: true };
  });
  if (listing.rootChanged < beginning) return settled;
  return [{ path: '', mode: GoMode.dir, size: 0, unsettled: true }, ...settled];
}
