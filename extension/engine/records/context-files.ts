/** What a local source of a build holds: every file that its op lets through, with its hash. */
import { lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { filterOf } from '../../../proto/client/fsutil/send';
import { GoMode, isRegular } from '../../../proto/client/fsutil/go-mode';
import { type Entry, walk } from '../../../proto/client/fsutil/walk';
import type { SourceOp } from '../../../proto/model/op';
import { list, text } from '../profile/decode';
import { FileHashes } from './file-hashes';

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

/** A listing; in walking order. */
export type ContextListing = {
  /** The real path of the source's root. */
  readonly root: string;
  readonly files: readonly ContextFile[];
};

export type ListOptions = {
  /** Where hashes are kept from one time to the next. */
  readonly store: string;
  /** So many bytes are read for hashes that are not known yet; default: all. */
  readonly budget?: number;
  /** Whether the source is a store of Nix, whose files are said to be of another mode. */
  readonly stored?: boolean;
  readonly signal?: AbortSignal;
};

/** Entries looked at before other work gets its turn. */
const batch = 256;

/**
 * @param directory a local source's directory
 * @throws the file system's errors, BadPattern, or the signal's reason
 */
export async function listContext(
  directory: string,
  source: SourceOp,
  { store, budget = Infinity, stored = false, signal }: ListOptions,
): Promise<ContextListing> {
  const root = realpathSync(directory);
  const hashes = await FileHashes.of(root, store);
  const files: ContextFile[] = [];
  let left = budget;
  let seen = 0;
  const filter = filterOf(root, {
    include: patterns(source, 'local.includepattern'),
    exclude: patterns(source, 'local.excludepatterns'),
    followPaths: patterns(source, 'local.followpaths'),
    stored,
  });
  for (const entry of walk(root, filter)) {
    if (++seen % batch === 0) {
      signal?.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
    let hash: string | undefined;
    if (isRegular(entry.stat.mode)) {
      hash = hashes.get(entry);
      const size = Number(entry.stat.size ?? 0n);
      if (hash === undefined && size <= left) {
        left -= size;
        hash = await hashes.read(entry);
      }
    }
    files.push(contextFile(entry, hash));
  }
  await hashes.save();
  return { root, files };
}

function contextFile({ stat }: Entry, hash: string | undefined): ContextFile {
  // The second name of a file is sent as a link to the first, but it is a file with its contents.
  const isLink = !isRegular(stat.mode) && stat.linkname !== undefined;
  return {
    path: stat.path,
    mode: stat.mode,
    size: Number(stat.size ?? 0n),
    ...(isLink ? { link: stat.linkname } : {}),
    ...(hash === undefined ? {} : { hash }),
  };
}

function patterns({ attrs }: SourceOp, name: string): readonly string[] {
  const value = attrs[name];
  if (value === undefined) return [];
  const parsed: unknown = JSON.parse(value);
  return list(text)(parsed, name);
}

/**
 * A listing after a build: what has changed since the build began is marked as unsettled, because
 * BuildKit may have read it before or after that. The root itself is listed where it has changed.
 * @param since milliseconds since the epoch
 */
export function settledSince({ root, files }: ContextListing, since: number): ContextFile[] {
  const top: ContextFile = { path: '', mode: GoMode.dir, size: 0 };
  return [top, ...files].flatMap((file) => {
    if (changedSince(join(root, file.path), since)) return { ...file, unsettled: true };
    return file === top ? [] : file;
  });
}

function changedSince(path: string, since: number): boolean {
  try {
    return lstatSync(path).ctimeMs >= since;
  } catch {
    return true;
  }
}
