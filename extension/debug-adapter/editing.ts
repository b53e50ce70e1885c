/**
 * A build that lives goes on as another one: with the text as it is now (what an editor sends, what
 * is saved, what is set), or with a step run again. One change after the other; one that cannot be
 * built leaves the build as it was.
 */
import { type Program, programOf, type TrackStatement } from '../engine/debug/program';
import { explain } from '../engine/failure/explain';
import type { BuildJob } from '../engine/job/build-job';
import { RequestError } from './connection';
import { type Change, editedInput, rerunText } from './edits';
import { FileWatch } from './file-watch';
import type { UnsavedTexts } from './launch';
import type { LiveBuild } from './live-build';
import type { Narrator } from './narrator';

export type EditingHost = {
  /** @throws RequestError unless a build lives */
  readonly live: () => LiveBuild;
  /** Undefined where nothing lives that an edit would matter to. */
  readonly editable: () => LiveBuild | undefined;
  /** Has the build go on as another one. */
  readonly take: (build: LiveBuild, program: Program) => void;
  /** Tells where the threads are. */
  readonly moved: () => void;
  readonly narrator: Narrator;
  readonly unsaved: UnsavedTexts;
  readonly cwd: string;
};

export class Editing {
  private readonly disk = new FileWatch((path) => void this.savedOnDisk(path));
  /** Jobs that steps were run again in before; their shells live on. */
  private readonly past: BuildJob[] = [];
  private last: Promise<void> = Promise.resolve();
  /** Why the last edit could not be built; said once, though every key may ask again. */
  private lastRefusal = '';

  constructor(private readonly host: EditingHost) {}

  /** Looks after a file on the disk. */
  watch(path: string): void {
    this.disk.start(path);
  }

  stopWatching(): void {
    this.disk.stop();
  }

  /**
   * Compiles again with other text or other arguments, and goes on where the threads stand.
   * @throws RequestError when the change cannot be built; the build then stays as it was
   */
  change(change: Change): Promise<void> {
    const done = this.last.then(() => this.apply(change));
    this.last = done.catch(() => undefined);
    return done;
  }

  /**
   * Runs the step of a statement again, without the cache; its thread stands before it.
   * @throws BuildkitError when a new job for it cannot be had
   */
  async runAgain(statement: TrackStatement): Promise<void> {
    const build = this.host.live();
    const { step } = statement;
    if (step !== undefined && !build.job.runAgain(step)) {
      const job = build.job.successor();
      await job.define(build.input);
      this.past.push(build.job);
      job.runAgain(step);
      this.host.take({ ...build, job }, programOf(job.results, build.input));
    }
    const { walks } = this.host.live();
    const again = walks.program.tracks
      .find(({ key }) => key === statement.track.key)
      ?.statements.at(statement.index);
    if (again !== undefined) walks.again(again);
    this.host.moved();
  }

  /** Ends what the builds before have left. */
  async end(): Promise<void> {
    await Promise.all(this.past.splice(0).map((job) => job.cancel()));
  }

  private async savedOnDisk(path: string): Promise<void> {
    // An editor that sends its texts knows better than the disk.
    if (this.host.unsaved.get(path) !== undefined) return;
    await this.change({ path }).catch(() => undefined);
  }

  private async apply(change: Change): Promise<void> {
    const { narrator, cwd } = this.host;
    const build = this.host.editable();
    if (build === undefined) return;
    try {
      const edited = await editedInput(build, change, cwd);
      if (edited === undefined) return;
      const before = build.job.definitions;
      await build.job.define(edited.input);
      const program = programOf(build.job.results, edited.input);
      narrator.print(rerunText(before, build.job, program), 'console');
      this.lastRefusal = '';
      this.host.take({ ...build, ...edited }, program);
    } catch (error) {
      const message = explain(error);
      if (message !== this.lastRefusal) {
        const text = `The build goes on as it was, since the file cannot be built now: ${message}\n`;
        narrator.print(text, 'stderr');
      }
      this.lastRefusal = message;
      throw new RequestError(message);
    }
  }
}
