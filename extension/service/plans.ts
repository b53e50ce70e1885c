/**
 * What builders would build of files, as they told a moment ago: while a text, its profile and its
 * ignore files stay and nothing is built, an edit of another file does not ask the builder again.
 */
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { PlannedBuild } from '../engine/records/predict-build';
import { planFile, type PredictOptions } from '../engine/records/predict-file';
import { newestRecord } from '../engine/records/record-store';

/** Milliseconds that an answer holds: tags move, and others build and prune. */
const fresh = 30_000;
/** Files whose plans are kept. */
const most = 16;

type Plan = {
  readonly key: string;
  readonly made: number;
  readonly build: Promise<PlannedBuild>;
  readonly stop: AbortController;
};

export class Plans {
  private readonly known = new Map<string, Plan>();

  /**
   * @param plan asks the builder @param newest tells which build of anything was remembered last
   */
  constructor(
    private readonly plan: (options: PredictOptions) => Promise<PlannedBuild> = planFile,
    private readonly newest: () => Promise<string | undefined> = newestRecord,
  ) {}

  /** @param path the file; absolute. @throws as {@link planFile} */
  async of(path: string, options: PredictOptions): Promise<PlannedBuild> {
    const key = JSON.stringify([...(await stateOf(path, options)), await this.newest()]);
    const before = this.known.get(path);
    this.known.delete(path);
    if (before?.key === key && Date.now() - before.made < fresh) {
      this.known.set(path, before);
      return before.build;
    }
    // Nobody waits any more for what the file was before.
    before?.stop.abort();
    const stop = new AbortController();
    const build = this.plan({ ...options, signal: stop.signal });
    const plan = { key, made: Date.now(), build, stop };
    this.known.set(path, plan);
    for (const oldest of [...this.known.keys()].slice(0, -most)) this.known.delete(oldest);
    try {
      return await plan.build;
    } catch (error) {
      // The next question may find a builder, or a text that makes a build.
      if (this.known.get(path) === plan) this.known.delete(path);
      throw error;
    }
  }

  /** What builders keep is another thing now. */
  forget(): void {
    this.known.clear();
  }
}

/** All that decides what is built, but for the files that steps read. */
async function stateOf(
  path: string,
  { profile, unsaved, cwd }: PredictOptions,
): Promise<readonly unknown[]> {
  const folder = dirname(path);
  const context = profile.context === undefined ? folder : resolve(cwd, profile.context);
  // Targets of Bake files have Dockerfiles of their own.
  const linked = profile.targets === undefined ? '' : String(Date.now());
  const decisive = [`${path}.dockerignore`, join(context, '.dockerignore'), path];
  const stamps = await Promise.all(decisive.map(stampOf));
  return [profile, unsaved, stamps, linked];
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size } = await stat(path);
    return `${mtimeMs} ${size}`;
  } catch {
    return ''; // There is none, or the context is not here.
  }
}
