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
  return meant(message, suggest(value, options, caseSensitive));
}

/** @param suggestion what may have been meant */
export function meant(message: string, suggestion: string | undefined): string {
  return suggestion === undefined ? message : `${message} (did you mean ${suggestion}?)`;
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
  const leftEnd = left.length - tail;
  const rightEnd = right.length - tail;
  if (isOfUnits(left, start, leftEnd) && isOfUnits(right, start, rightEnd)) {
    if (Math.abs(leftEnd - rightEnd) >= limit) return limit;
    if (start === leftEnd) return rightEnd - start;
    if (start === rightEnd) return leftEnd - start;
    const unitOf = (text: string, at: number): number => text.charCodeAt(at);
    return distance(left, start, leftEnd, right, start, rightEnd, unitOf, limit);
  }
  // A pair may be cut in the middle: then its halves count, which differ as often as the pairs do.
  const a = Array.from(left.slice(start, leftEnd));
  const b = Array.from(right.slice(start, rightEnd));
  if (Math.abs(a.length - b.length) >= limit) return limit;
  const characterOf = (text: readonly string[], at: number): string => text[at] ?? '';
  return distance(a, 0, a.length, b, 0, b.length, characterOf, limit);
}

/** Whether each character of a piece is one UTF-16 unit. */
function isOfUnits(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((text.charCodeAt(at) & 0xf800) === 0xd800) return false;
  return true;
}

function distance<T>(
  left: T,
  leftStart: number,
  leftEnd: number,
  right: T,
  rightStart: number,
  rightEnd: number,
  characterOf: (text: T, at: number) => string | number,
  limit: number,
): number {
  const length = rightEnd - rightStart;
  const row = rowOf(length);
  for (let i = 1; i <= leftEnd - leftStart; i++) {
    const own = characterOf(left, leftStart + i - 1);
    let diagonal = row[0] ?? 0;
    row[0] = i;
    let least = i;
    for (let j = 1; j <= length; j++) {
      const above = row[j] ?? 0;
      const change = diagonal + (own === characterOf(right, rightStart + j - 1) ? 0 : 1);
      const cost = Math.min(change, above + 1, (row[j - 1] ?? 0) + 1);
      row[j] = cost;
      least = Math.min(least, cost);
      diagonal = above;
    }
    // No later row can be less than the least of this one.
    if (least >= limit) return limit;
  }
  return row[length] ?? 0;
}

/** One row for all comparisons: a file may ask for millions. */
const sharedRow: number[] = [];

function rowOf(length: number): number[] {
  for (let index = 0; index <= length; index++) sharedRow[index] = index;
  return sharedRow;
}
