/** Files of a build as they are at some place: read from a result, or inside a container. */
import { posix } from 'node:path';
import { isMissingFile } from '../../../proto/client/buildkit-error';
import {
  GoMode,
  goModeOf,
  has,
  isRegular,
  unixPermissions,
} from '../../../proto/client/fsutil/go-mode';
import type { Gateway } from '../../../proto/client/gateway';
import type { Stat } from '../../../proto/generated/fsutil';

export type FileKind = 'file' | 'directory' | 'symlink' | 'other';

export type FileEntry = {
  readonly name: string;
  readonly kind: FileKind;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** Seconds since the epoch, with a fraction where the source tells one. */
  readonly modified: number;
  /** Of a symbolic link. */
  readonly linkTarget?: string;
  /** The other name, absolute, of a file that a walk has met before. */
  readonly hardLink?: string;
};

/** A tree of files; paths are absolute in it. */
export type FileTree = {
  /** Sorted by name. @throws BuildkitError when there is no such directory */
  list(path: string): Promise<readonly FileEntry[]>;
  /** Undefined when there is nothing at the path. */
  stat(path: string): Promise<FileEntry | undefined>;
  /** At most `limit` bytes from the start. */
  read(path: string, limit: number): Promise<Uint8Array>;
};

/** Files that can be read piece by piece, however large they are. */
export type ResultTree = FileTree & {
  /** The first `size` bytes. */
  pieces(path: string, size: number): AsyncIterable<Uint8Array>;
};

/** Old daemons refuse larger answers. Bytes. */
const largestPiece = 3 * 1024 * 1024;

/** The files of a result of the build, below `selector`. */
export function resultFiles(gateway: Gateway, ref: string, selector = '/'): ResultTree {
  const inside = (path: string) => posix.join('/', selector, path);
  const pieces = async function* (path: string, size: number) {
    for (let offset = 0; offset < size;) {
      const length = Math.min(largestPiece, size - offset);
      const piece = await gateway.readFile({
        ref,
        filePath: inside(path),
        range: { offset: BigInt(offset), length: BigInt(length) },
      });
      if (piece.length > 0) yield piece;
      offset += piece.length;
      if (piece.length < length) return;
    }
  };
  return {
    pieces,
    list: async (path) => {
      const stats = await gateway.readDir({ ref, dirPath: inside(path) });
      return sorted(stats.map(entryOf));
    },
    stat: async (path) => {
      try {
        const stat = await gateway.statFile({ ref, path: inside(path) });
        return entryOf({ ...stat, path: posix.basename(path) });
      } catch (error) {
        if (isMissingFile(error)) return undefined;
        throw error;
      }
    },
    read: async (path, limit) => {
      const read: Uint8Array[] = [];
      for await (const piece of pieces(path, limit)) read.push(piece);
      return Buffer.concat(read);
    },
  };
}

/** Nothing: the files of a root that does not exist yet. */
export const noFiles: FileTree = {
  list: () => Promise.resolve([]),
  stat: () => Promise.resolve(undefined),
  read: () => Promise.resolve(new Uint8Array()),
};

function entryOf(stat: Stat): FileEntry {
  return { name: stat.path, ...factsOf(stat) };
}

/** What fsutil tells of an entry besides its name. */
export function factsOf(stat: Stat): Omit<FileEntry, 'name'> {
  return {
    kind: kindOf(stat.mode),
    mode: unixPermissions(stat.mode),
    uid: stat.uid,
    gid: stat.gid,
    size: Number(stat.size),
    modified: Number(stat.modTime) / 1e9,
    ...(has(stat.mode, GoMode.symlink) ? { linkTarget: stat.linkname } : {}),
  };
}

function kindOf(mode: number): FileKind {
  if (has(mode, GoMode.dir)) return 'directory';
  if (has(mode, GoMode.symlink)) return 'symlink';
  return isRegular(mode) ? 'file' : 'other';
}

function sorted(entries: readonly FileEntry[]): readonly FileEntry[] {
  return [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Runs a command where the files are; its output, or a rejection with what it said. */
export type RunHere = (args: readonly string[]) => Promise<Uint8Array>;

/**
 * The files inside a container, by its own programs. Only what busybox and GNU have in common is
 * used. Names come between NULs, so none can be mistaken.
 */
export function containerFiles(run: RunHere): FileTree {
  const script = (text: string, ...args: readonly string[]) => run(['-c', text, 'sh', ...args]);
  const entries = async (text: string, path: string) => parseEntries(await script(text, path));
  return {
    list: async (path) =>
      sorted(
        await entries(
          `cd "$1" || exit; for f in * .*; do case $f in .|..) continue;; esac
           if [ -e "$f" ] || [ -L "$f" ]; then ${statOne}; fi; done`,
          path,
        ),
      ),
    stat: async (path) => {
      const [entry] = await entries(
        `f=$1; if [ -e "$f" ] || [ -L "$f" ]; then ${statOne}; fi`,
        path,
      );
      return entry === undefined ? undefined : { ...entry, name: posix.basename(path) };
    },
    read: (path, limit) => script(`head -c "$2" "$1"`, path, String(limit)),
  };
}

/** Mode (hex), owner, size and time, then the name and a link's target, each ended by a NUL. */
const statOne = `stat -c '%f %u %g %s %Y' "$f"; printf '%s\\0' "$f"; [ -L "$f" ] && readlink "$f"; printf '\\0'`;

function parseEntries(output: Uint8Array): FileEntry[] {
  const fields = Buffer.from(output).toString('utf8').split('\0');
  const entries: FileEntry[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const head = /^([0-9a-f]+) (\d+) (\d+) (\d+) (\d+)\n([^]*)$/.exec(fields[at] ?? '');
    if (head === null) continue;
    const [, mode = '', uid, gid, size, modified, name = ''] = head;
    const goMode = goModeOf(Number.parseInt(mode, 16));
    const target = (fields[at + 1] ?? '').replace(/\n$/, '');
    entries.push({
      name,
      kind: kindOf(goMode),
      mode: unixPermissions(goMode),
      uid: Number(uid),
      gid: Number(gid),
      size: Number(size),
      modified: Number(modified),
      ...(target === '' ? {} : { linkTarget: target }),
    });
  }
  return entries;
}
