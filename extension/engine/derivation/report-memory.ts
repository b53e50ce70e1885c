/**
 * Reports of earlier builds on disk, by the digest of the step that made them. With these a closure is
 * compiled at once instead of stage by stage. They are only remembered: BuildKit may have lost what
 * they were about, and a builder may make something else the next time, so whoever uses them reads
 * them again from the builder before the end.
 */
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Digest } from '../../../proto/model/digest';
import { cacheFolder, thisHost } from '../platform';

/** Files that stay; those that were not used for longest go. */
const MOST_REPORTS = 2000;

export class ReportMemory {
  private kept = false;

  constructor(private readonly folder = join(cacheFolder(thisHost()), 'reports')) {}

  /** Undefined when there is none, or none that can be read. */
  async recall(step: Digest): Promise<Uint8Array | undefined> {
    try {
      const file = this.fileOf(step);
      const report = await readFile(file);
      const now = new Date();
      await utimes(file, now, now);
      return report;
    } catch {
      return undefined; // A build is no worse without.
    }
  }

  async keep(step: Digest, report: Uint8Array): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      // Other processes never see half of it.
      const unfinished = join(this.folder, `.${randomUUID()}`);
      await writeFile(unfinished, report);
      await rename(unfinished, this.fileOf(step));
      this.kept = true;
    } catch {
      return; // A full disk keeps nobody from building.
    }
  }

  /** Makes room, when something was added. */
  async tidy(): Promise<void> {
    if (!this.kept) return;
    this.kept = false;
    const names = await readdir(this.folder);
    if (names.length <= MOST_REPORTS) return;
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.folder, name);
        const used = await stat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        );
        return { path, used };
      }),
    );
    files.sort((left, right) => left.used - right.used);
    for (const { path } of files.slice(0, files.length - MOST_REPORTS / 2)) {
      await rm(path, { force: true });
    }
  }

  private fileOf(step: Digest): string {
    return join(this.folder, step.replace(/^sha256:/, ''));
  }
}
