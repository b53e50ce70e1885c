/**
 * Walks a directory the way BuildKit's sender does: depth first, names in byte order, filtered by
 * include and exclude patterns, parents of what is sent always sent before it.
 *
 * File system calls are synchronous on purpose. The session runs in a thread of its own, where one
 * blocking call costs a tenth of an asynchronous one; the caller takes entries in batches and lets
 * other work run in between.
 */
import { lstatSync, readdirSync, readlinkSync, type BigIntStats, type Dirent } from 'node:fs';
import { sep } from 'node:path';
import { errorCode } from '../connect-error';
import type { Stat } from '../../generated/fsutil';
import type { Init } from '../../wire/message';
import { GoMode, goModeOf, has, isRegular, modeOfWindows } from './go-mode';
import { PatternMatcher, type ParentMatches, type Pattern } from '../../patterns/pattern-matcher';

export type Filter = {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  /**
   * Whether everything is said to be as Nix keeps it in a store: of time 1 and not to be written,
   * owned by the user that its builders run as.
   */
  readonly stored?: boolean | undefined;
};

export type Entry = {
  readonly stat: Init<Stat> & { readonly path: string; readonly mode: number };
  /** Device and inode: which file it was, to see later whether it is the same one. */
  readonly device: bigint;
  readonly inode: bigint;
  /** When anything about it last changed (ctime). Nanoseconds since the epoch. */
  readonly changed: bigint;
};

/** A name that is no UTF-8: the protocol's texts cannot hold it, and leaving it out would be silent. */
export class UnsendableName extends Error {
  override readonly name = 'UnsendableName';

  constructor(path: string) {
    super(
      `the name of ${JSON.stringify(path)} is not UTF-8, and BuildKit takes no other; ` +
        'rename it, or leave it out with .dockerignore',
    );
  }
}

type Folder = {
  /** Relative to the root with a trailing slash; empty for the root. */
  readonly prefix: string;
  readonly include: ParentMatches | undefined;
  readonly exclude: ParentMatches | undefined;
  /** Filtered out itself, but something below may not be; sent before the first such thing. */
  readonly pending: boolean;
};

/**
 * @param root the real path of the directory
 * @throws BadPattern, and the file system's errors except for what vanished meanwhile
 */
export function* walk(root: string, filter: Filter = {}): Generator<Entry> {
  yield* new Walker(root, filter).walk({
    prefix: '',
    include: undefined,
    exclude: undefined,
    pending: false,
  });
}

class Walker {
  private readonly include: PatternMatcher | undefined;
  private readonly exclude: PatternMatcher | undefined;
  private readonly includePrefixes: readonly string[] | undefined;
  private readonly exceptionPrefixes: readonly string[] | undefined;
  /** Folders on the way to the current one that were not sent yet, outermost first. */
  private readonly unsent: string[] = [];
  /** The path first sent for an inode with several names. */
  private readonly links = new Map<string, string>();
  private readonly stored: boolean;
  /** The root with a slash at its end: names from the walk need no more care than to be put behind it. */
  private readonly base: string;

  constructor(root: string, { include = [], exclude = [], stored = false }: Filter) {
    this.base = root.endsWith(sep) ? root : root + sep;
    this.stored = stored;
    this.include = include.length > 0 ? new PatternMatcher(include) : undefined;
    this.exclude = exclude.length > 0 ? new PatternMatcher(exclude) : undefined;
    this.includePrefixes = plainPrefixes(this.include?.patterns.filter((p) => !p.exclusion));
    this.exceptionPrefixes = plainPrefixes(this.exclude?.patterns.filter((p) => p.exclusion));
  }

  *walk(folder: Folder): Generator<Entry> {
    for (const child of this.children(folder)) {
      const path = folder.prefix + child.name;
      const isFolder = child.isDirectory();
      const included = this.include?.match(path, folder.include);
      const excluded = this.exclude?.match(path, folder.exclude);
      if (included?.matched === false && isFolder && leadsNowhere(this.includePrefixes, path)) {
        continue;
      }
      if (excluded?.matched === true && isFolder && leadsNowhere(this.exceptionPrefixes, path)) {
        continue;
      }
      const skipped = included?.matched === false || excluded?.matched === true;
      if (!skipped) {
        const entry = this.entry(path);
        if (entry === undefined) continue;
        yield* this.sendUnsent();
        yield entry;
      }
      if (isFolder) {
        if (skipped) this.unsent.push(path);
        yield* this.walk({
          prefix: `${path}/`,
          include: included?.own,
          exclude: excluded?.own,
          pending: skipped,
        });
        if (skipped && this.unsent.at(-1) === path) this.unsent.pop();
      }
    }
  }

  private *sendUnsent(): Generator<Entry> {
    for (const path of this.unsent.splice(0)) {
      const entry = this.entry(path);
      if (entry !== undefined) yield entry;
    }
  }

  private children({ prefix, pending }: Folder): Dirent[] {
    try {
      return sorted(readdirSync(this.base + prefix, { withFileTypes: true }));
    } catch (error) {
      if (isGone(error)) return [];
      // Nobody asked for this folder; it was only searched for exceptions.
      if (pending && errorCode(error) === 'EACCES') return [];
      throw error;
    }
  }

  private entry(path: string): Entry | undefined {
    const full = this.base + path;
    try {
      const stats = lstatSync(full, { bigint: true });
      const linkname = stats.isSymbolicLink() ? readlinkSync(full) : undefined;
      const stat = this.statOf(path, stats, linkname);
      return {
        stat: this.stored ? storedStat(stat) : stat,
        device: stats.dev,
        inode: stats.ino,
        changed: stats.ctimeNs,
      };
    } catch (error) {
      if (isGone(error)) {
        if (path.includes('\ufffd')) throw new UnsendableName(path);
        return undefined;
      }
      throw error;
    }
  }

  private statOf(path: string, stats: BigIntStats, linkname: string | undefined): Entry['stat'] {
    const goMode = goModeOf(Number(stats.mode));
    const mode = process.platform === 'win32' ? modeOfWindows(goMode) : goMode;
    const { mtimeNs: modTime, size } = stats;
    // Written out: there are thousands. Owners are root's, as BuildKit's own client sends contexts.
    if (stats.isDirectory()) return { path, mode, modTime, uid: 0, gid: 0 };
    if (linkname !== undefined) {
      const target = linkname.replaceAll('\\', slashOnWindows);
      return { path, mode, modTime, uid: 0, gid: 0, size, linkname: target };
    }
    if (stats.nlink > 1n) {
      const identity = `${stats.dev}:${stats.ino}`;
      const first = this.links.get(identity);
      if (first !== undefined) {
        return { path, mode, modTime, uid: 0, gid: 0, linkname: first, size: 0n };
      }
      this.links.set(identity, path);
    }
    if (!stats.isCharacterDevice() && !stats.isBlockDevice()) {
      return { path, mode, modTime, uid: 0, gid: 0, size };
    }
    const devmajor = (stats.rdev >> 8n) & 0xfffn;
    const devminor = (stats.rdev & 0xffn) | ((stats.rdev >> 12n) & 0xfff00n);
    return { path, mode, modTime, uid: 0, gid: 0, size, devmajor, devminor };
  }
}

/** Nix's build user and its group, as a sandbox shows them. */
const storeOwner = { uid: 1000, gid: 100 };
const storeTime = 1_000_000_000n;

function storedStat(stat: Entry['stat']): Entry['stat'] {
  const type = stat.mode - (stat.mode % 0o1000);
  // Set-user-id and its like stand above the permissions; no store has them.
  const kind = has(stat.mode, GoMode.dir) ? GoMode.dir : isRegular(stat.mode) ? 0 : type;
  const executable = has(stat.mode, GoMode.dir) || (stat.mode & 0o100) !== 0;
  const permissions = has(stat.mode, GoMode.symlink) ? 0o777 : executable ? 0o555 : 0o444;
  return { ...stat, ...storeOwner, mode: kind + permissions, modTime: storeTime };
}

const slashOnWindows = process.platform === 'win32' ? '/' : '\\';

/** Whether an entry that was walked is the file that these are of. */
export function isSameFile({ device, inode }: Entry, stats: BigIntStats): boolean {
  return stats.ino === inode && stats.dev === device;
}

/** Gone between listing and looking. */
export function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Byte order of the UTF-8 names, in which Go sorts and the receiver expects them. */
export function compareBytes(a: string, b: string): number {
  if (!surrogates.test(a) && !surrogates.test(b)) return a < b ? -1 : a > b ? 1 : 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** UTF-16 orders like UTF-8 unless these are involved, and what stands behind them. */
const surrogates = /[\ud800-\uffff]/;

/** Looks at each name once, not at each comparison. */
function sorted(entries: Dirent[]): Dirent[] {
  return entries.some(({ name }) => surrogates.test(name))
    ? entries.sort((a, b) => compareBytes(a.name, b.name))
    : entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The patterns' fixed beginnings, or undefined when one of them could match anywhere. */
function plainPrefixes(patterns: readonly Pattern[] | undefined): string[] | undefined {
  if (patterns === undefined) return undefined;
  const prefixes = patterns.map(({ text }) => text.replace(/\/\*\*$/, '').replace(/\/\*$/, ''));
  return prefixes.some((prefix) => /[*[\]?^\\]/.test(prefix)) ? undefined : prefixes;
}

/** True when no path below `folder` can match one of the prefixes. */
function leadsNowhere(prefixes: readonly string[] | undefined, folder: string): boolean {
  return prefixes?.every((prefix) => !`${prefix}/`.startsWith(`${folder}/`)) ?? false;
}
