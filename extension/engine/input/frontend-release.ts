/**
 * Which release of BuildKit's Dockerfile frontend a builder has, as far as our compiler has to know.
 *
 * It is found by its works: the definition that the builder made is compared with what we compile
 * for each release, and the first that is equal is kept for the builder in the cache folder. No
 * version string is read, since distributions patch what they ship.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { frontendReleases } from '../../../language-server/dockerfile/compile/frontend-features';
import { cacheFolder, thisHost } from '../../../proto/client/cache-folder';
import { isRecord } from '../profile/decode';

/** Undefined is the newest. */
export type FrontendRelease = string | undefined;

const [, ...olderReleases] = frontendReleases;

/**
 * @param known what is kept for the builder
 * @param differences notes on what a release's compilation has different; none when it fits
 * @returns the release that fits, or the newest with its notes when none does
 */
export async function findRelease(
  known: FrontendRelease,
  differences: (release: FrontendRelease) => Promise<readonly string[]>,
): Promise<{ readonly release: FrontendRelease; readonly notes: readonly string[] }> {
  let newestNotes: readonly string[] = [];
  for (const release of new Set([known, undefined, ...olderReleases])) {
    const notes = await differences(release);
    if (notes.length === 0) return { release, notes };
    if (release === undefined) newestNotes = notes;
  }
  return { release: undefined, notes: newestNotes };
}

/** The releases found so far, by builder; shared by all processes of this user. */
export class FrontendReleases {
  constructor(private readonly file = join(cacheFolder(thisHost()), 'frontend-releases.json')) {}

  /** @param builder its name; empty for the default one */
  async get(builder: string): Promise<FrontendRelease> {
    const release = (await this.read())[builder];
    return typeof release === 'string' && frontendReleases.includes(release) ? release : undefined;
  }

  /** A cache folder that cannot be written costs a comparison each time, and nothing else. */
  async set(builder: string, release: FrontendRelease): Promise<void> {
    const others = Object.entries(await this.read()).filter(([name]) => name !== builder);
    const own = release === undefined ? [] : [[builder, release]];
    const temporary = `${this.file}.${randomBytes(6).toString('hex')}`;
    try {
      await mkdir(dirname(this.file), { recursive: true });
      await writeFile(temporary, JSON.stringify(Object.fromEntries([...others, ...own])));
      await rename(temporary, this.file);
    } catch {
      await rm(temporary, { force: true });
    }
  }

  private async read(): Promise<Readonly<Record<string, unknown>>> {
    try {
      const value: unknown = JSON.parse(await readFile(this.file, 'utf8'));
      return isRecord(value) ? value : {};
    } catch {
      return {}; // nothing was kept yet, or a file of another making
    }
  }
}
