/**
 * The records of builds on disk: one small file for each, in a folder that only this user can
 * enter, shared by all processes. Files appear whole or not at all, so any number of processes may
 * read and write.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { errorCode } from '../../../proto/client/connect-error';
import { isRecord } from '../profile/decode';
import { cacheFolder, thisHost } from '../platform';
import { type BuildRecord, decodeRecord } from './build-record';

/** Older records go; a few more may be there until they do. */
const kept = 200;
const sweepEvery = 16;
/** The most that records, listings and hashes may take each. Bytes. */
const largest = 64 * 1024 * 1024;

export function recordsFolder(): string {
  return join(cacheFolder(thisHost()), 'builds');
}

/** What the names of records end with; files that are still being written have another ending. */
export const recordEnding = '.json.gz';

/** Rejects when the folder cannot be written; a build is no worse for that. */
export async function writeBuildRecord(
  { sources, ...record }: BuildRecord,
  folder = recordsFolder(),
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Listings are large and mostly the same from build to build: one file for each that differs.
  const listings: Record<string, string> = {};
  for (const [source, files] of Object.entries(sources)) {
    listings[source] = await writeListing(join(folder, 'files'), files);
  }
  // Names sort by time; the unfinished file has another ending and is never read.
  const name = `${String(record.finished).padStart(15, '0')}-${record.buildId}`;
  await writeWhole(
    folder,
    `${name}${recordEnding}`,
    JSON.stringify({ ...record, sources: listings }),
  );
  // Looking at everything each time would cost a small build more than the rest of this.
  if ((await namesIn(folder)).length % sweepEvery === 0) await sweep(folder);
}

async function writeListing(folder: string, files: unknown): Promise<string> {
  const text = JSON.stringify(files);
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = `${name}${recordEnding}`;
  try {
    // Its time says that it is in use.
    const now = new Date();
    await utimes(join(folder, file), now, now);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await writeWhole(folder, file, text);
  }
  return name;
}

async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const unfinished = join(folder, `${name}.${randomBytes(4).toString('hex')}.tmp`);
  await writeFile(unfinished, await promisify(gzip)(text, { level: 1 }), { mode: 0o600 });
  await rename(unfinished, join(folder, name));
}

/** What was read, by folder and name: a record's file never changes once it is there. */
const known = new Map<string, Map<string, Promise<BuildRecord | undefined>>>();

/**
 * Newest first; files that are no records (of another version) are passed over. A process that asks
 * again reads only what is new.
 */
export async function readBuildRecords(
  folder = recordsFolder(),
  most = kept,
): Promise<BuildRecord[]> {
  const names = (await namesIn(folder))
    .filter((name) => name.endsWith(recordEnding))
    .toReversed()
    .slice(0, most);
  const before = known.get(folder);
  const listings = new Map<string, Promise<unknown>>();
  const reads = new Map(
    names.map((name) => [name, before?.get(name) ?? readRecord(folder, name, listings)]),
  );
  // Names that are gone go from memory too.
  known.set(folder, reads);
  // What could not be read now may be there the next time.
  for (const [name, read] of reads) {
    void read.then((record) => record === undefined && reads.delete(name));
  }
  const records = await Promise.all(reads.values());
  return records.filter((record) => record !== undefined);
}

/** Names the last build that is remembered; undefined where there is none. */
export async function newestRecord(folder = recordsFolder()): Promise<string | undefined> {
  return (await namesIn(folder)).filter((name) => name.endsWith(recordEnding)).at(-1);
}

async function readRecord(
  folder: string,
  name: string,
  listings: Map<string, Promise<unknown>>,
): Promise<BuildRecord | undefined> {
  const listing = (id: unknown): Promise<unknown> => {
    const key = typeof id === 'string' && /^[0-9a-f]+$/.test(id) ? id : '';
    const known = listings.get(key) ?? readJson(join(folder, 'files', `${key}${recordEnding}`));
    listings.set(key, known);
    return known;
  };
  try {
    const value = await readJson(join(folder, name));
    if (!isRecord(value) || !isRecord(value['sources'])) return undefined;
    const sources: Record<string, unknown> = {};
    for (const [source, id] of Object.entries(value['sources'])) {
      // A listing that is gone leaves the rest of the record as good as it was.
      const files = await listing(id).catch(() => undefined);
      if (files !== undefined) sources[source] = files;
    }
    return decodeRecord({ ...value, sources });
  } catch {
    return undefined;
  }
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse((await promisify(gunzip)(await readFile(path))).toString('utf8'));
}

/** Lets go of the oldest records, listings and hashes where there are too many. */
async function sweep(folder: string): Promise<void> {
  const records = await filesIn(folder);
  // Times come with the names here; other folders go by when a file was last of use.
  records.sort((a, b) => (a.path < b.path ? 1 : -1));
  await removeBeyond(records, kept);
  for (const name of ['files', 'hashes']) {
    const files = await filesIn(join(folder, name));
    files.sort((a, b) => b.used - a.used);
    await removeBeyond(files, 2 * kept);
  }
}

type StoredFile = { readonly path: string; readonly size: number; readonly used: number };

async function removeBeyond(files: readonly StoredFile[], most: number): Promise<void> {
  let size = 0;
  const old = files.filter((file, index) => {
    size += file.size;
    return index >= most || size > largest;
  });
  await Promise.all(old.map(({ path }) => rm(path, { force: true })));
}

async function filesIn(folder: string): Promise<StoredFile[]> {
  const found = await Promise.all(
    (await namesIn(folder)).map(async (name): Promise<StoredFile[]> => {
      const path = join(folder, name);
      try {
        const stats = await stat(path);
        return stats.isFile() ? [{ path, size: stats.size, used: stats.mtimeMs }] : [];
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

const isMissing = (error: unknown): boolean => errorCode(error) === 'ENOENT';
