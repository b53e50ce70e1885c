/** What a step did to the files of its root: what is new, other than before, or gone. */
import { posix } from 'node:path';
import type { FileEntry, FileTree } from './files';
import type { Totals } from './listing';

export type FileChange = {
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
  readonly before?: FileEntry;
  readonly after?: FileEntry;
  /** Of a directory that came or went: what is below it, where that is known. */
  readonly below?: Totals;
};

export type Changes = {
  /** Sorted by path. An added or removed directory stands for everything below it. */
  readonly changes: readonly FileChange[];
  /** Directories were left unread because there are too many. */
  readonly isPartial: boolean;
};

/** Directories read at most; a large image has some ten thousand. */
const mostDirectories = 20_000;
/** Directories read at the same time. */
const width = 16;

/**
 * Compares two trees from the top, reading only directories that may differ.
 * @param touched a tree that holds what was touched and little else, where one is to be had: then
 *   nothing else is read
 * @param isIgnored paths that count for nothing, with all below them
 */
export async function changesBetween(
  before: Pick<FileTree, 'list'>,
  after: Pick<FileTree, 'list'>,
  touched?: Pick<FileTree, 'list'>,
  isIgnored: (path: string) => boolean = () => false,
): Promise<Changes> {
  const changes: FileChange[] = [];
  let waiting = ['/'];
  let read = 0;
  while (waiting.length > 0 && read < mostDirectories) {
    const now = waiting.slice(0, width);
    waiting = waiting.slice(width);
    read += now.length;
    const found = await Promise.all(
      now.map((path) => compareDirectory(path, before, after, touched)),
    );
    for (const one of found) {
      changes.push(...one.changes.filter(({ path }) => !isIgnored(path)));
      waiting.push(...one.below.filter((path) => !isIgnored(path)));
    }
  }
  changes.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { changes, isPartial: waiting.length > 0 };
}

async function compareDirectory(
  path: string,
  before: Pick<FileTree, 'list'>,
  after: Pick<FileTree, 'list'>,
  touched: Pick<FileTree, 'list'> | undefined,
): Promise<{ readonly changes: FileChange[]; readonly below: string[] }> {
  const [old, young, marked] = await Promise.all([
    before.list(path),
    after.list(path),
    touched?.list(path),
  ]);
  const wasThere = new Map(old.map((entry) => [entry.name, entry]));
  const isThere = new Map(young.map((entry) => [entry.name, entry]));
  const isTouched = marked === undefined ? undefined : new Set(marked.map(({ name }) => name));
  const changes: FileChange[] = [];
  const below: string[] = [];
  for (const [name, entry] of isThere) {
    const known = wasThere.get(name);
    const full = posix.join(path, name);
    if (known === undefined) {
      changes.push({ path: full, change: 'added', after: entry });
    } else if (isTouched?.has(name) !== false) {
      if (isOther(known, entry)) {
        changes.push({ path: full, change: 'changed', before: known, after: entry });
      }
      if (known.kind === 'directory' && entry.kind === 'directory') below.push(full);
    }
  }
  for (const [name, entry] of wasThere) {
    if (!isThere.has(name)) {
      changes.push({ path: posix.join(path, name), change: 'removed', before: entry });
    }
  }
  return { changes, below };
}

/** A directory's time and size change with its entries, which are told for themselves. */
export function isOther(a: FileEntry, b: FileEntry): boolean {
  const isDirectory = a.kind === 'directory' && b.kind === 'directory';
  return (
    a.kind !== b.kind ||
    a.mode !== b.mode ||
    a.uid !== b.uid ||
    a.gid !== b.gid ||
    a.linkTarget !== b.linkTarget ||
    (!isDirectory && (a.size !== b.size || !sameTime(a.modified, b.modified)))
  );
}

/** Programs in a container tell whole seconds. */
function sameTime(a: number, b: number): boolean {
  if (a === b) return true;
  return (Number.isInteger(a) || Number.isInteger(b)) && Math.floor(a) === Math.floor(b);
}
