/** The lines of a source text that a failure belongs to, for a terminal. */

/** Lines of a long instruction that are shown; its message must stay in sight. */
const MOST = 12;
/** UTF-16 units of a line that are shown. */
const LONGEST = 200;

/**
 * The lines marked with `>>>`, numbered, between one or two of their neighbours, as buildx shows
 * them.
 * @param first, last count from 1; what lies beyond the end of the text is left out
 * @returns without a line end; undefined where the text does not have the first line
 */
export function sourceExcerpt(text: string, first: number, last: number): string | undefined {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  if (first < 1 || first > lines.length) return undefined;
  const end = Math.min(Math.max(first, last), lines.length);
  const shown = Math.min(end, first + MOST - 1);
  const around = shown === first ? 2 : 1;
  const from = Math.max(1, first - around);
  const to = shown < end ? shown : Math.min(lines.length, end + around);
  const width = String(to).length;
  const numbered = lines.slice(from - 1, to).map((line, at) => {
    const number = from + at;
    const mark = number >= first && number <= end ? '>>>' : '   ';
    return `  ${String(number).padStart(width)} | ${mark} ${printable(line)}`.trimEnd();
  });
  if (shown < end) {
    const rest = end - shown;
    numbered.push(`  ${' '.repeat(width)} | >>> … ${rest} more ${rest === 1 ? 'line' : 'lines'}`);
  }
  return numbered.join('\n');
}

/** A file may hold what would move a terminal's cursor, or a whole program in one line. */
function printable(line: string): string {
  const cut = line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  // eslint-disable-next-line no-control-regex -- these are the characters to take out
  return cut.replaceAll('\t', '    ').replace(/[\x00-\x1f\x7f-\x9f]/g, '\u{fffd}');
}
