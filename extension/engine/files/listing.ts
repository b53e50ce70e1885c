/**
 * All files of a tree as one walk found them, kept in columns: a hundred thousand entries are a few
 * megabytes and no objects that live long.
 *
 * Entries are in walking order: a directory before what is in it, names in byte order. So what lies
 * below an entry is a range, and two listings are compared in one pass.
 */
import { posix } from 'node:path';
import { compareBytes } from '../../../proto/client/fsutil/walk';
import type { FileEntry, FileKind, FileTree } from './files';

/** What is told of an entry besides its name. */
type Facts = Omit<FileEntry, 'name' | 'hardLink'>;

/** What lies below a directory, itself not counted; a file with two names counts once. */
export type Totals = {
  /** Everything that is no directory. */
  readonly files: number;
  /** Bytes. */
  readonly bytes: number;
};

/** The index of the root, which is no entry of its own. */
export const ROOT = -1;

const kinds: readonly FileKind[] = ['file', 'directory', 'symlink', 'other'];

/** Takes entries in walking order. */
export class ListingBuilder {
  private readonly names: string[] = [];
  private readonly numbers = new NumberColumns();
  private readonly links = new Map<number, string>();
  private readonly hardLinks = new Map<number, string>();
  /** The directories that the walk is in, the outermost first. */
  private readonly open: { readonly path: string; readonly index: number }[] = [
    { path: '', index: ROOT },
  ];

  /**
   * @param path relative to the root, without a slash at either end
   * @param hardLink the path of the same file that came before
   * @throws RangeError for an entry whose directory did not come before it
   */
  add(path: string, facts: Facts, hardLink?: string): void {
    const { linkTarget } = facts;
    const slash = path.lastIndexOf('/');
    const parentPath = slash < 0 ? '' : path.slice(0, slash);
    while (this.open.length > 1 && this.open.at(-1)?.path !== parentPath) this.close();
    const parent = this.open.at(-1);
    if (parent?.path !== parentPath) throw new RangeError(`out of order: ${path}`);
    const index = this.names.length;
    this.names.push(slash < 0 ? path : path.slice(slash + 1));
    if (linkTarget !== undefined) this.links.set(index, linkTarget);
    if (hardLink !== undefined) this.hardLinks.set(index, `/${hardLink}`);
    this.numbers.push(parent.index, facts);
    if (facts.kind === 'directory') this.open.push({ path, index });
  }

  finish(): Listing {
    while (this.open.length > 1) this.close();
    return new Listing(this.names, this.numbers, this.links, this.hardLinks);
  }

  private close(): void {
    const closed = this.open.pop();
    if (closed !== undefined) this.numbers.setEnd(closed.index, this.names.length);
  }
}

/** The columns that hold numbers; they grow by doubling. */
class NumberColumns {
  private length = 0;
  private whole = new Int32Array(columns * 1024);
  /** Size and time. */
  private wide = new Float64Array(2 * 1024);

  push(parent: number, { kind, mode, uid, gid, size, modified }: Facts): void {
    if ((this.length + 1) * columns > this.whole.length) this.grow();
    const at = this.length * columns;
    this.whole[at] = parent;
    this.whole[at + 1] = this.length + 1;
    this.whole[at + 2] = (kinds.indexOf(kind) << 16) | mode;
    this.whole[at + 3] = uid;
    this.whole[at + 4] = gid;
    this.wide[this.length * 2] = size;
    this.wide[this.length * 2 + 1] = modified;
    this.length++;
  }

  setEnd(index: number, end: number): void {
    this.whole[index * columns + 1] = end;
  }

  parent = (index: number): number => this.whole[index * columns] ?? ROOT;
  end = (index: number): number => this.whole[index * columns + 1] ?? 0;
  kind = (index: number): FileKind =>
    kinds[(this.whole[index * columns + 2] ?? 0) >> 16] ?? 'other';
  mode = (index: number): number => (this.whole[index * columns + 2] ?? 0) & 0xffff;
  uid = (index: number): number => (this.whole[index * columns + 3] ?? 0) >>> 0;
  gid = (index: number): number => (this.whole[index * columns + 4] ?? 0) >>> 0;
  size = (index: number): number => this.wide[index * 2] ?? 0;
  modified = (index: number): number => this.wide[index * 2 + 1] ?? 0;

  private grow(): void {
    const whole = new Int32Array(this.whole.length * 2);
    whole.set(this.whole);
    this.whole = whole;
    const wide = new Float64Array(this.wide.length * 2);
    wide.set(this.wide);
    this.wide = wide;
  }
}

/** Parent, end of what is below, kind and mode, user, group. */
const columns = 5;

export class Listing {
  private sums: { readonly files: Int32Array; readonly bytes: Float64Array } | undefined;

  constructor(
    private readonly names: readonly string[],
    private readonly numbers: NumberColumns,
    private readonly links: ReadonlyMap<number, string>,
    private readonly hardLinks: ReadonlyMap<number, string>,
  ) {}

  /** How many entries there are. */
  get count(): number {
    return this.names.length;
  }

  name(index: number): string {
    return this.names[index] ?? '';
  }

  /** Absolute. */
  path(index: number): string {
    const parts: string[] = [];
    for (let at = index; at !== ROOT; at = this.numbers.parent(at)) parts.push(this.name(at));
    return `/${parts.reverse().join('/')}`;
  }

  isDirectory(index: number): boolean {
    return index === ROOT || this.numbers.kind(index) === 'directory';
  }

  /** The index after everything below an entry. */
  end(index: number): number {
    return index === ROOT ? this.count : this.numbers.end(index);
  }

  /** Whether two entries look the same but for what is below them; `entry` is slower. */
  isSame(index: number, other: Listing, otherIndex: number): boolean {
    const [a, b] = [this.numbers, other.numbers];
    return (
      a.mode(index) === b.mode(otherIndex) &&
      a.kind(index) === b.kind(otherIndex) &&
      a.uid(index) === b.uid(otherIndex) &&
      a.gid(index) === b.gid(otherIndex) &&
      this.links.get(index) === other.links.get(otherIndex) &&
      (a.kind(index) === 'directory' ||
        (a.size(index) === b.size(otherIndex) && a.modified(index) === b.modified(otherIndex)))
    );
  }

  entry(index: number): FileEntry {
    const linkTarget = this.links.get(index);
    const hardLink = this.hardLinks.get(index);
    return {
      name: this.name(index),
      kind: this.numbers.kind(index),
      mode: this.numbers.mode(index),
      uid: this.numbers.uid(index),
      gid: this.numbers.gid(index),
      size: this.numbers.size(index),
      modified: this.numbers.modified(index),
      ...(linkTarget === undefined ? {} : { linkTarget }),
      ...(hardLink === undefined ? {} : { hardLink }),
    };
  }

  *children(index: number): Generator<number> {
    for (let at = index + 1; at < this.end(index); at = this.numbers.end(at)) yield at;
  }

  /** Undefined when there is nothing at the absolute path. */
  find(path: string): number | undefined {
    let found = ROOT;
    for (const part of posix.normalize(path).split('/')) {
      if (part === '') continue;
      const next = this.isDirectory(found) ? this.child(found, part) : undefined;
      if (next === undefined) return undefined;
      found = next;
    }
    return found;
  }

  /** What lies below an entry. */
  totals(index: number): Totals {
    const { files, bytes } = (this.sums ??= this.sum());
    return { files: files[index + 1] ?? 0, bytes: bytes[index + 1] ?? 0 };
  }

  /** The same files as any other tree has them; their contents are not here. */
  tree(): Pick<FileTree, 'list' | 'stat'> {
    return {
      list: (path) => {
        const index = this.find(path);
        const entries: FileEntry[] = [];
        if (index !== undefined)
          for (const at of this.children(index)) entries.push(this.entry(at));
        return Promise.resolve(entries);
      },
      stat: (path) => {
        const index = this.find(path);
        return Promise.resolve(index === undefined ? undefined : this.entry(index));
      },
    };
  }

  private child(directory: number, name: string): number | undefined {
    for (const at of this.children(directory)) {
      const order = compareBytes(this.name(at), name);
      if (order === 0) return at;
      if (order > 0) return undefined;
    }
    return undefined;
  }

  /** By index + 1, so that the root has a place. Children come after their parents. */
  private sum() {
    const files = new Int32Array(this.count + 1);
    const bytes = new Float64Array(this.count + 1);
    for (let index = this.count - 1; index >= 0; index--) {
      const parent = this.numbers.parent(index) + 1;
      const isFile = this.numbers.kind(index) === 'file' && !this.hardLinks.has(index);
      const isDirectory = this.isDirectory(index);
      files[parent] = (files[parent] ?? 0) + (files[index + 1] ?? 0) + (isDirectory ? 0 : 1);
      bytes[parent] =
        (bytes[parent] ?? 0) + (bytes[index + 1] ?? 0) + (isFile ? this.numbers.size(index) : 0);
    }
    return { files, bytes };
  }
}
