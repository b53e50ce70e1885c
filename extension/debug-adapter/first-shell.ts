/** A session that was started for a shell: at a line, or at the end of its target. */
import type { TrackStatement } from '../engine/debug/program';
import type { WalkStop } from '../engine/debug/walk';
import { explain } from '../engine/failure/explain';
import { pathOf } from './breakpoints';
import type { LiveBuild } from './live-build';
import type { Shells } from './shells';
import { siteOf } from './stops';

/** Whether the session is to stop after a statement because all of its target has run then. */
export function isForEnd({ attributes, walks }: LiveBuild, statement: TrackStatement): boolean {
  const last = walks.program.tracks.at(-1)?.statements.at(-1);
  return attributes.openShell === true && attributes.stopAt === undefined && statement === last;
}

export class FirstShell {
  private hasOpened = false;

  constructor(
    private readonly shells: Shells,
    private readonly complain: (text: string) => void,
  ) {}

  /** A restart opens it again. */
  rearm(): void {
    this.hasOpened = false;
  }

  /** Opens the shell if this is the stop that it was asked for at. */
  async stopped(build: LiveBuild, stop: WalkStop): Promise<void> {
    if (build.attributes.openShell !== true || this.hasOpened || !isItsPlace(build, stop)) return;
    this.hasOpened = true;
    try {
      await this.shells.open(build, siteOf(stop));
    } catch (error) {
      this.complain(`${explain(error)}\n`);
    }
  }
}

function isItsPlace(build: LiveBuild, { statement, moment }: WalkStop): boolean {
  const { stopAt } = build.attributes;
  if (stopAt === undefined) return moment === 'after' && isForEnd(build, statement);
  return (
    pathOf(statement) === build.input.path &&
    statement.firstLine <= stopAt &&
    stopAt <= statement.lastLine
  );
}
