/** Writes values so that BuildKit reads them back: as a word, and as a text in double quotes. */
import type { EscapeToken } from '../../parser/syntax-tree';

/** A text without variables, in double quotes. */
export function quoted(text: string, escape: EscapeToken): string {
  return `"${text.replace(/["$\\`]/g, (mark) =>
    mark === '"' || mark === '$' || mark === escape ? `${escape}${mark}` : mark,
  )}"`;
}

/**
 * The value of `ENV key value` as the value of `ENV key=value`: quotes, escapes and variables in it
 * mean what they meant before, and white space no longer ends it.
 */
export function valueWord(value: string, escape: EscapeToken): string {
  const hasMarks = value.includes('"') || value.includes("'") || value.includes(escape);
  if (!hasMarks) return /\s/.test(value) ? `"${value}"` : value;
  let quote = '';
  let word = '';
  for (let at = 0; at < value.length; at++) {
    const mark = value.charAt(at);
    if (mark === escape && quote !== "'") {
      word += mark + value.charAt(at + 1);
      at++;
    } else {
      if (quote === '' && (mark === '"' || mark === "'")) quote = mark;
      else if (mark === quote) quote = '';
      word += quote === '' && /\s/.test(mark) ? escape + mark : mark;
    }
  }
  return word;
}
