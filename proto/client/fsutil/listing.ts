/**
 * What a walk met, in columns: quick to hand from one thread to another, and to compare with an
 * earlier one, however many files there are.
 */
import type { Entry } from './walk';

export type Listing = {
  /** The real path of the directory. */
  readonly root: string;
  /** When the directory itself last changed (ctime). Nanoseconds since the epoch. */
  readonly rootChanged: bigint;
  /** Relative to the root, in walking order, each with a NUL behind it, which no name holds. */
  readonly paths: string;
  /** File modes of Go. */
  readonly modes: Uint32Array;
  /** {@link stampLength} numbers for each entry: device, inode, size, mtime, ctime. */
  readonly stamps: BigInt64Array;
  /** Where links point, by index; of a file's second name, the first one. */
  readonly links: ReadonlyMap<number, string>;
  /** sha256 in hex of the contents that were sent, by index. */
  readonly hashes: ReadonlyMap<number, string>;
  /** Files that were not sent as they had been listed, by index. */
  readonly altered: ReadonlySet<number>;
};

export const stampLength = 5;

/** Where a stamp holds what. */
export const StampField = { size: 2, changed: 4 } as const;

export class ListingBuilder {
  private readonly paths: string[] = [];
  private readonly modes: number[] = [];
  private readonly stamps: bigint[] = [];
  private readonly links = new Map<number, string>();
  private readonly hashes = new Map<number, string>();
  private readonly altered = new Set<number>();

  constructor(
    private readonly root: string,
    private readonly rootChanged: bigint,
  ) {}

  /** Entries are numbered from 0 in the order in which they are added. */
  add({ stat, device, inode, changed }: Entry): void {
    if (stat.linkname !== undefined) this.links.set(this.paths.length, stat.linkname);
    this.paths.push(stat.path);
    this.modes.push(stat.mode);
    this.stamps.push(device, inode, stat.size ?? 0n, stat.modTime ?? 0n, changed);
  }

  sent(index: number, hash: string): void {
    this.hashes.set(index, hash);
  }

  alter(index: number): void {
    this.altered.add(index);
  }

  finish(): Listing {
    const { root, rootChanged, links, hashes, altered } = this;
    return {
      root,
      rootChanged,
      paths: this.paths.map((path) => `${path}\0`).join(''),
      modes: Uint32Array.from(this.modes),
      stamps: BigInt64Array.from(this.stamps),
      links,
      hashes,
      altered,
    };
  }
}

/** The paths of a listing, by index. */
export function pathsOf({ paths }: Pick<Listing, 'paths'>): readonly string[] {
  return paths === '' ? [] : paths.slice(0, -1).split('\0');
}
