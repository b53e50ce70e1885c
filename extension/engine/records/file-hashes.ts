/**
 * Hashes of files' contents, kept on disk so that a file is read again only when it has changed.
 *
 * A file counts as unchanged while its stamp (inode, size, both times) is the same. Files that
 * changed a moment ago are not kept: another change in the same tick of the clock would not show.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { list, table, text } from '../profile/decode';
import { type Entry, identityOf } from '../../../proto/client/fsutil/walk';

/** Since its last change, before a file's stamp tells it from a later version. Nanoseconds. */
const settled = 100_000_000n;

/** Read at once. Bytes. */
const pieceSize = 256 * 1024;
/** How long other work of the process waits at most. Milliseconds. */
const turn = 5;

type Known = Readonly<Record<string, readonly string[]>>;
const decodeKnown = table(list(text));

export class FileHashes {
  private readonly fresh = new Map<string, readonly [stamp: string, hash: string]>();
  private readonly piece = Buffer.allocUnsafe(pieceSize);
  private changed = false;
  private turnBegan = performance.now();

  private constructor(
    private readonly root: string,
    private readonly file: string,
    private readonly known: Known,
  ) {}

  /**
   * @param root the real path of the directory whose files are hashed
   * @param store where hashes are kept
   */
  static async of(root: string, store: string): Promise<FileHashes> {
    const name = createHash('sha256').update(root).digest('hex').slice(0, 32);
    const file = join(store, 'hashes', `${name}.json.gz`);
    return new FileHashes(root, file, await readKnown(file));
  }

  /** The hash, where it is known without reading the file. */
  get(entry: Entry): string | undefined {
    const [stamp, hash] = this.fresh.get(entry.stat.path) ?? this.known[entry.stat.path] ?? [];
    if (stamp !== stampOf(entry) || hash === undefined) return undefined;
    this.keep(entry, stamp, hash);
    return hash;
  }

  /** Reads and hashes a file; undefined when it changed meanwhile, or cannot be read. */
  async read(entry: Entry): Promise<string | undefined> {
    const path = join(this.root, entry.stat.path);
    try {
      const found = await this.hashOf(path);
      const stats = lstatSync(path, { bigint: true });
      if (identityOf(stats) !== entry.identity || stats.ctimeNs !== entry.changed) return undefined;
      this.keep(entry, stampOf(entry), found);
      this.changed = true;
      return found;
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

  private keep(entry: Entry, stamp: string, hash: string): void {
    if (BigInt(Date.now()) * 1_000_000n - entry.changed > settled) {
      this.fresh.set(entry.stat.path, [stamp, hash]);
    }
  }

  /** Writes what was learned; of files that were not met, nothing is kept. */
  async save(): Promise<void> {
    if (!this.changed) return;
    this.changed = false;
    const text = JSON.stringify(Object.fromEntries(this.fresh));
    await mkdir(join(this.file, '..'), { recursive: true, mode: 0o700 });
    const unfinished = `${this.file}.${randomBytes(4).toString('hex')}.tmp`;
    await writeFile(unfinished, await promisify(gzip)(text, { level: 1 }), { mode: 0o600 });
    await rename(unfinished, this.file);
  }
}

function stampOf({ stat, identity, changed }: Entry): string {
  return `${identity}:${stat.size ?? 0n}:${stat.modTime ?? 0n}:${changed}`;
}

/** Nothing where there is no such file, or it is of another version. */
async function readKnown(file: string): Promise<Known> {
  try {
    const text = (await promisify(gunzip)(await readFile(file))).toString('utf8');
    return decodeKnown(JSON.parse(text), '');
  } catch {
    return {};
  }
}
