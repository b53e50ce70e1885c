/** Lines of a file around the one where a build stands. */

export type ListingStyle = {
  /** For the lines of the statement that is stood at. */
  readonly mark: (text: string) => string;
  /** The longest line, in characters; the rest is cut. Undefined where all of it is shown. */
  readonly width: number | undefined;
};

const around = 4;

/**
 * @param first the first line of the statement, from 1
 * @param last its last line
 */
export function listing(text: string, first: number, last: number, style: ListingStyle): string {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  const from = Math.max(1, first - around);
  const to = Math.min(lines.length, Math.max(last, first) + around);
  const width = String(to).length;
  const rows: string[] = [];
  for (let number = from; number <= to; number++) {
    const stands = number >= first && number <= last;
    const sign = number === first ? '→' : ' ';
    const row = `${sign} ${String(number).padStart(width)}  ${lines[number - 1] ?? ''}`.trimEnd();
    const shown = cut(row, style.width);
    rows.push(stands ? style.mark(shown) : shown);
  }
  return rows.join('\n');
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function cut(row: string, width: number | undefined): string {
  if (width === undefined || row.length <= width) return row;
  const signs = Array.from(segmenter.segment(row), ({ segment }) => segment);
  return signs.length <= width ? row : `${signs.slice(0, width - 1).join('')}…`;
}
