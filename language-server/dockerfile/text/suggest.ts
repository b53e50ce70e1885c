/** "did you mean …": BuildKit's suggestions. */
import { toLower, toUpper } from './go';

/** A distance of three or more is not worth a suggestion. */
const tooFar = 3;

/**
 * The nearest option; undefined when none is near, and when one is equal, for then the error was
 * about something else. Of equally near ones the first wins.
 */
export function suggest(
  value: string,
  options: Iterable<string>,
  caseSensitive = true,
): string | undefined {
  const wanted = caseSensitive ? value : toLower(value);
  let best: string | undefined;
  let bestDistance = tooFar;
  for (const written of options) {
    const option = caseSensitive ? written : toLower(written);
    if (option === wanted) return undefined;
    const distance = editDistance(wanted, option, bestDistance);
    if (distance < bestDistance) {
      best = caseSensitive ? option : matchCase(option, value);
      bestDistance = distance;
    }
  }
  return best === '' ? undefined : best;
}

/** A message with its suggestion, if there is one. */
export function withSuggestion(
  message: string,
  value: string,
  options: Iterable<string>,
  caseSensitive = true,
): string {
  const match = suggest(value, options, caseSensitive);
  return match === undefined ? message : `${message} (did you mean ${match}?)`;
}

function matchCase(option: string, original: string): string {
  if (original === toLower(original)) return toLower(option);
  if (original === toUpper(original)) return toUpper(option);
  return option;
}

/** Levenshtein's distance, or some number of at least `limit` when it is not less. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit * 2) return limit;
  // What is equal at both ends costs nothing, and most names differ in the middle only.
  const shorter = Math.min(left.length, right.length);
  let start = 0;
  while (start < shorter && left.charCodeAt(start) === right.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < shorter - start &&
    left.charCodeAt(left.length - 1 - tail) === right.charCodeAt(right.length - 1 - tail)
  ) {
    tail++;
  }
  const a = middle(left, start, tail);
  const b = middle(right, start, tail);
  if (Math.abs(a.length - b.length) >= limit) return limit;
  const row = rowOf(b.length);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0] ?? 0;
    row[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] ?? 0;
      const change = diagonal + (a[i - 1] === b[j - 1] ? 0 : 1);
      const cost = Math.min(change, above + 1, (row[j - 1] ?? 0) + 1);
      row[j] = cost;
      least = Math.min(least, cost);
      diagonal = above;
    }
    // No later row can be less than the least of this one.
    if (least >= limit) return limit;
  }
  return row[b.length] ?? 0;
}

/** Characters to compare: the text itself where each of them is one unit. */
function middle(text: string, start: number, tail: number): ArrayLike<string> {
  const end = text.length - tail;
  if (!/[\ud800-\udfff]/.test(text)) return text.slice(start, end);
  // A pair may be cut in the middle: then its halves count, which differ as often as the pairs do.
  return Array.from(text.slice(start, end));
}

/** One row for all comparisons: a file may ask for millions. */
const sharedRow: number[] = [];

function rowOf(length: number): number[] {
  for (let index = 0; index <= length; index++) sharedRow[index] = index;
  return sharedRow;
}
