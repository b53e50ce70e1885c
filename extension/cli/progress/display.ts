/**
 * How a build's progress is shown on standard error: on a terminal in place, elsewhere as lines, on
 * demand as JSON or not at all.
 */
import type { StatusResponse } from '../../../proto/generated/control';
import type { JobEvents } from '../../engine/job/build-job';
import { PlainProgress } from '../../engine/progress/plain-progress';
import { Trace } from '../../engine/progress/trace';
import { milliseconds } from '../../engine/progress/status-update';
import type { Console } from '../console';
import type { BuildFlags, ProgressKind } from '../docker-build/build-flags';
import { CliError, ExitCode } from '../exit-code';
import { rawJson, rawNote } from './rawjson';
import { ttyFailures, ttyPicture, TtyScreen } from './tty';

export type Display = {
  readonly events: JobEvents;
  /** Shows what is left. May be called twice. */
  end(): Promise<void>;
};

/** Milliseconds between two pictures, or two batches of lines. */
const frameInterval = 100;
/** What a terminal that does not say has. */
const usualSize = { columns: 80, rows: 24 };

type Terminal = Pick<NodeJS.WriteStream, 'isTTY'> & {
  readonly columns?: number;
  readonly rows?: number;
};

/** @throws CliError (usage) when `tty` is asked for without a terminal, or together with quiet */
export function progressDisplay(
  { progress, quiet }: Pick<BuildFlags, 'progress' | 'quiet'>,
  to: Console,
  terminal: Terminal = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): Display {
  if (quiet && progress !== 'auto' && progress !== 'quiet') {
    throw new CliError(ExitCode.usage, `--progress=${progress} and --quiet exclude each other`);
  }
  const notes = (text: string) => void to.progress(text);
  switch (shownAs(quiet ? 'quiet' : progress, terminal, env)) {
    case 'tty':
      return ttyDisplay(to, terminal, (env['NO_COLOR'] ?? '') === '');
    case 'rawjson':
      return display(
        (status) => void to.progress(rawJson(status)),
        (text) => void to.progress(rawNote(text.trimEnd())),
      );
    case 'none':
      // Progress is what nobody wants to see; a note is not.
      return display(() => undefined, notes);
    case 'plain':
      return plainDisplay(to, notes);
  }
}

function shownAs(
  kind: ProgressKind,
  terminal: Terminal,
  env: NodeJS.ProcessEnv,
): 'tty' | 'plain' | 'rawjson' | 'none' {
  if (kind === 'quiet' || kind === 'none') return 'none';
  if (kind === 'tty' && !terminal.isTTY) {
    throw new CliError(ExitCode.usage, '--progress=tty needs a terminal on standard error');
  }
  if (kind === 'auto') return terminal.isTTY && env['TERM'] !== 'dumb' ? 'tty' : 'plain';
  return kind;
}

/** @param output takes notes: whole lines */
function display(
  status: (response: StatusResponse) => void,
  output: (text: string) => void,
  end: () => Promise<void> = () => Promise.resolve(),
): Display {
  return { events: { output, status }, end };
}

function plainDisplay(to: Console, notes: (text: string) => void): Display {
  const plain = new PlainProgress();
  let waiting: StatusResponse[] = [];
  const flush = (): string => {
    const text = plain.lines(waiting);
    waiting = [];
    return text;
  };
  const timer = setInterval(() => {
    const text = flush();
    if (text !== '') void to.progress(text);
  }, frameInterval);
  let ended = false;
  return display(
    (response) => {
      waiting.push(response);
    },
    notes,
    async () => {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      await to.progress(flush() + plain.end());
    },
  );
}

/** Some terminals say that they have no size at all. */
function positive(size: number | undefined): number | undefined {
  return size === undefined || size <= 0 ? undefined : size;
}

function ttyDisplay(to: Console, terminal: Terminal, color: boolean): Display {
  const trace = new Trace();
  const screen = new TtyScreen();
  const begun = Date.now();
  /** The builder's clock minus ours. */
  let ahead: number | undefined;
  let said = '';
  const draw = (finished: boolean): string => {
    const size = {
      columns: positive(terminal.columns) ?? usualSize.columns,
      rows: positive(terminal.rows) ?? usualSize.rows,
    };
    const now = Date.now();
    const look = { size, color, elapsed: now - begun, now: now + (ahead ?? 0), finished };
    const text = screen.replace(ttyPicture(trace, look), size);
    // Notes go above the picture and stay there.
    const notes = said;
    said = '';
    return notes === '' ? text : `${screen.replace([], size)}${notes}${draw(finished)}`;
  };
  const timer = setInterval(() => void to.progress(draw(false)), frameInterval);
  let ended = false;
  return display(
    (response) => {
      const now = Date.now();
      trace.update(response, now);
      const [started] = response.vertexes.flatMap((vertex) => milliseconds(vertex.started) ?? []);
      if (started !== undefined) ahead ??= started - now;
    },
    (text) => {
      said += text;
    },
    async () => {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      await to.progress(draw(true) + ttyFailures(trace));
    },
  );
}
