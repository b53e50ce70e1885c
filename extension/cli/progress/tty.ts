/**
 * Progress on a terminal: one line a step, rewritten in place, with the last words of what runs.
 *
 * The picture is a pure function of the trace, the size and the time; {@link TtyScreen} only puts
 * one picture in place of the last.
 */
import { progressText, secondsText } from '../../engine/progress/amounts';
import type { Trace, TracedVertex } from '../../engine/progress/trace';

export type Size = { readonly columns: number; readonly rows: number };

export type Look = {
  readonly size: Size;
  readonly color: boolean;
  /** Milliseconds by our clock since the build began. */
  readonly elapsed: number;
  /** By the builder's clock. */
  readonly now: number;
  /** The build is over: everything is shown, however much it is. */
  readonly finished: boolean;
};

type Row = {
  readonly text: string;
  /** At the right edge; rows of a log have none. */
  readonly time?: string;
  readonly style?: keyof typeof styles;
  /** Goes first when there is not enough room. */
  readonly collapsible: boolean;
};

const styles = { done: 34, failed: 31, warned: 33, faint: 2 } as const;

/** Lines of its log that a running step shows. */
const logLines = 6;
/** Narrower terminals show no times. */
const narrow = 30;

/** The lines of the picture; none is longer than the terminal is wide. */
export function ttyPicture(trace: Trace, look: Look): string[] {
  const { size, elapsed, finished } = look;
  const { shown } = trace;
  const ended = shown.filter(({ completed, error }) => completed || error !== '').length;
  const state = finished && ended === shown.length && ended > 0 ? ' FINISHED' : '';
  const title = `[+] Building ${secondsText(elapsed)} (${ended}/${shown.length})${state}`;
  const rows = trace.vertices.flatMap((vertex) => vertexRows(vertex, look));
  const fitting = finished ? rows : fitted(rows, Math.max(1, size.rows - 2));
  return [cut(title, size.columns), ...fitting.map((row) => drawn(row, look))];
}

function vertexRows(vertex: TracedVertex, { now, finished }: Look): Row[] {
  const ended = vertex.completed || vertex.error !== '';
  const mark = vertex.cancelled
    ? 'CANCELED '
    : vertex.error !== ''
      ? 'ERROR '
      : vertex.cached
        ? 'CACHED '
        : '';
  const style = !ended ? undefined : vertex.error === '' ? 'done' : 'failed';
  const rows: Row[] = [
    {
      text: ` => ${mark}${oneLine(vertex.name)}`,
      time: secondsText(vertex.duration(now)),
      collapsible: ended,
      ...(style === undefined ? {} : { style }),
    },
  ];
  for (const part of vertex.parts.values()) {
    const { span } = part;
    // What a finished step transferred in no time is not worth a line.
    if (span === undefined || (ended && !finished)) continue;
    rows.push({
      text: ` => => ${[part.id, progressText(part)].filter((word) => word !== '').join(' ')}`,
      time: secondsText((span.stop ?? now) - span.start),
      collapsible: span.stop !== undefined,
      ...(span.stop === undefined ? {} : { style: 'done' as const }),
    });
  }
  for (const warning of vertex.warnings) {
    rows.push({ text: ` => => WARN: ${oneLine(warning)}`, style: 'warned', collapsible: ended });
  }
  if (!ended) {
    for (const line of vertex.lastLines.slice(-logLines)) {
      rows.push({ text: ` => => # ${plain(line)}`, style: 'faint', collapsible: false });
    }
  }
  return rows;
}

/** Leaves out what is over, the oldest first, and says how much; then what would not fit at all. */
function fitted(rows: readonly Row[], room: number): Row[] {
  let excess = rows.length - room;
  if (excess <= 0) return [...rows];
  const summary = (count: number): Row => ({
    text: ` => … ${count} ${count === 1 ? 'line' : 'lines'} above`,
    style: 'faint',
    collapsible: false,
  });
  // The summary takes a line as well.
  excess += 1;
  let left = excess;
  const kept = rows.filter((row) => left <= 0 || !row.collapsible || left-- <= 0);
  const out = kept.slice(Math.max(0, kept.length - (room - 1)));
  return [summary(rows.length - out.length), ...out];
}

function drawn({ text, time, style }: Row, { size: { columns }, color }: Look): string {
  const right = time === undefined || columns < narrow ? '' : ` ${time}`;
  const left = cut(text, Math.max(1, columns - right.length));
  const gap = right === '' ? '' : ' '.repeat(Math.max(0, columns - width(left) - right.length));
  const line = left + gap + right;
  return color && style !== undefined ? `\x1b[${styles[style]}m${line}\x1b[0m` : line;
}

/** Puts one picture in the place of the last. */
export class TtyScreen {
  private last: readonly string[] = [];

  /** The text that turns what is on the terminal into `lines`. */
  replace(lines: readonly string[], { columns }: Size): string {
    // A terminal that became narrower has broken the old lines into several.
    const height = this.last.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(width(plain(line)) / Math.max(1, columns))),
      0,
    );
    this.last = lines;
    const up = height === 0 ? '' : `\x1b[${height}A`;
    // Each line clears the rest of itself, the last one everything below: nothing flickers.
    return `${up}\r${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`;
  }
}

/** The last words of what failed, below the picture. */
export function ttyFailures(trace: Trace): string {
  return trace.vertices
    .filter(({ error, cancelled }) => error !== '' && !cancelled)
    .map((vertex) =>
      ['------', ` > ${oneLine(vertex.name)}:`, ...vertex.lastLines, '------', ''].join('\n'),
    )
    .join('');
}

function oneLine(text: string): string {
  return plain(text.replace(/\s*\n\s*/g, ' '));
}

/** Without escape sequences and other characters that would move the cursor. */
function plain(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
      .replace(/\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07]*(\x07|\x1b\\)|[@-Z\\-_])/g, '')
      .replaceAll('\t', ' ')
      // eslint-disable-next-line no-control-regex -- these are the characters to take out
      .replace(/[\x00-\x1f\x7f]/g, '')
  );
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const nothing = /\p{Mark}|\p{Format}/u;

/** Columns of a character on a terminal. */
function widthOf(character: string): number {
  if (character < '\u0300') return 1;
  return nothing.test(character) ? 0 : wide.test(character) ? 2 : 1;
}

function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

function cut(text: string, columns: number): string {
  if (text.length <= columns && width(text) <= columns) return text;
  let out = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > columns) break;
    out += character;
  }
  return out;
}
