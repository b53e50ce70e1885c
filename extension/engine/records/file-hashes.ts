/**
 * Hashes of files' contents, kept on disk so that a file is read again only when it has changed.
 *
 * A file counts as unchanged while its stamp (device, inode, size, both times) is the same. Files
 * that changed a moment ago are not kept: another change in the same tick of the clock would not
 * show. What a session has sent comes with its hash, and is not read at all.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { mkdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { isRegular } from '../../../proto/client/fsutil/go-mode';
import {
  type Listing,
  pathsOf,
  StampField,
  stampLength,
} from '../../../proto/client/fsutil/listing';
import { isRecord } from '../profile/decode';

/** Since its last change, before a file's stamp tells it from a later version. Nanoseconds. */
const settled = 100_000_000n;

/** Read at once. Bytes. */
const pieceSize = 256 * 1024;
/** How long other work of the process waits at most. Milliseconds. */
const turn = 5;

/** Bytes that may still be read for hashes that are not known yet; whoever lends it may take it back. */
export type ReadBudget = { left: number };

export type HashOptions = {
  /** Where hashes are kept from one time to the next. */
  readonly store: string;
  /** Goes down by what is read; default: everything may be. */
  readonly budget?: ReadBudget;
  readonly signal?: AbortSignal;
};

/** The files of one directory whose hashes are known, in columns as those of a listing. */
type Known = Pick<Listing, 'paths' | 'stamps'> & {
  /** In hex, one after the other. */
  readonly hashes: string;
};

/** Length of a hash in hex. */
const hashLength = 64;

/**
 * The sha256 in hex of each file of a listing; undefined for what is no file, for what changed
 * meanwhile or may not be read, and for what is beyond the budget.
 * @throws the signal's reason
 */
export async function fileHashes(
  listing: Listing,
  { store, budget = { left: Infinity }, signal }: HashOptions,
): Promise<readonly (string | undefined)[]> {
  const file = storeOf(listing, store);
  const known = new KnownHashes(await readKnown(file));
  const reader = new FileReader(listing, signal);
  const paths = pathsOf(listing);
  const hashes: (string | undefined)[] = [];
  let isNews = false;
  for (const [index, path] of paths.entries()) {
    if (!isRegular(listing.modes[index] ?? 0)) {
      hashes.push(undefined);
      continue;
    }
    const found = known.get(path, listing, index);
    let hash = found ?? listing.hashes.get(index);
    const size = Number(stampField(listing, index, StampField.size));
    if (hash === undefined && size <= budget.left) {
      budget.left -= size;
      hash = await reader.read(path, index);
    }
    isNews ||= found === undefined && hash !== undefined;
    hashes.push(hash);
  }
  if (isNews) await writeKnown(file, paths, listing, hashes);
  return hashes;
}

/** @param place one of {@link StampField} */
export function stampField({ stamps }: Pick<Listing, 'stamps'>, index: number, place: number) {
  return stamps[index * stampLength + place] ?? 0n;
}

function storeOf({ root }: Listing, store: string): string {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 32);
  return join(store, 'hashes', `${name}.v2`);
}

/** Most often the files are those of last time in the same order, so the next one is tried first. */
class KnownHashes {
  private readonly paths: readonly string[];
  private indices: ReadonlyMap<string, number> | undefined;
  private next = 0;

  constructor(private readonly known: Known) {
    this.paths = pathsOf(known);
  }

  get(path: string, listing: Listing, index: number): string | undefined {
    const at = this.find(path);
    if (at === undefined) return undefined;
    this.next = at + 1;
    for (let place = 0; place < stampLength; place += 1) {
      if (stampField(this.known, at, place) !== stampField(listing, index, place)) return undefined;
    }
    return this.known.hashes.slice(at * hashLength, (at + 1) * hashLength);
  }

  private find(path: string): number | undefined {
    if (this.paths[this.next] === path) return this.next;
    this.indices ??= new Map(this.paths.map((one, index) => [one, index]));
    return this.indices.get(path);
  }
}

class FileReader {
  private readonly piece = Buffer.allocUnsafe(pieceSize);
  private turnBegan = performance.now();

  constructor(
    private readonly listing: Listing,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Undefined when the file changed meanwhile, or cannot be read. */
  async read(path: string, index: number): Promise<string | undefined> {
    this.signal?.throwIfAborted();
    const full = join(this.listing.root, path);
    try {
      const found = await this.hashOf(full);
      const { dev, ino, ctimeNs } = lstatSync(full, { bigint: true });
      const [device, inode] = this.listing.stamps.subarray(index * stampLength);
      const isSame = dev === device && ino === inode;
      return isSame && ctimeNs === stampField(this.listing, index, StampField.changed)
        ? found
        : undefined;
    } catch {
      // Gone, or not ours to read: then nothing is known of it, which is an answer.
      return undefined;
    }
  }

  /** Without streams: for thousands of small files, these cost many times what reading does. */
  private async hashOf(path: string): Promise<string> {
    const hash = createHash('sha256');
    const file = openSync(path, 'r');
    try {
      for (;;) {
        if (performance.now() - this.turnBegan > turn) {
          await setImmediate();
          this.turnBegan = performance.now();
        }
        const length = readSync(file, this.piece);
        if (length === 0) return hash.digest('hex');
        hash.update(this.piece.subarray(0, length));
      }
    } finally {
      closeSync(file);
    }
  }
}

/** Of files that the listing does not have, nothing is kept. */
async function writeKnown(
  file: string,
  paths: readonly string[],
  listing: Listing,
  hashes: readonly (string | undefined)[],
): Promise<void> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const kept = paths.flatMap((path, index) => {
    const hash = hashes[index];
    const isSettled = now - stampField(listing, index, StampField.changed) > settled;
    return hash !== undefined && isSettled ? [{ path, index, hash }] : [];
  });
  const stamps = new BigInt64Array(kept.length * stampLength);
  for (const [at, { index }] of kept.entries()) {
    const begin = index * stampLength;
    stamps.set(listing.stamps.subarray(begin, begin + stampLength), at * stampLength);
  }
  const known: Known = {
    paths: kept.map(({ path }) => `${path}\0`).join(''),
    stamps,
    hashes: kept.map(({ hash }) => hash).join(''),
  };
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  const unfinished = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  await writeFile(unfinished, serialize(known), { mode: 0o600 });
  await rename(unfinished, file);
}

const nothing: Known = { paths: '', stamps: new BigInt64Array(), hashes: '' };

/** Nothing where there is no such file, or it is of another version. */
async function readKnown(file: string): Promise<Known> {
  try {
    const value: unknown = deserialize(await readFile(file));
    // Its time says that it is in use; the oldest go first.
    const now = new Date();
    await utimes(file, now, now);
    return isKnown(value) ? value : nothing;
  } catch {
    return nothing;
  }
}

function isKnown(value: unknown): value is Known {
  if (!isRecord(value)) return false;
  const { paths, stamps, hashes } = value;
  return (
    typeof paths === 'string' &&
    stamps instanceof BigInt64Array &&
    typeof hashes === 'string' &&
    stamps.length * hashLength === hashes.length * stampLength
  );
}
