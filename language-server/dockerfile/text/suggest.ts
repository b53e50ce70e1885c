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
  const a = Array.from(left);
  const b = Array.from(right);
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
