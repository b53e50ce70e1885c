/**
 * The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/replacement}`.
 *
 * BuildKit turns them into RE2 expressions in which `.` is anything but a line feed, so `?` and `*`
 * do not match one either.
 */

/** A pattern's parts: what stands between two stars; undefined is any character but a line feed. */
type Part = readonly (string | undefined)[];

/**
 * A pattern as a matcher that takes time in proportion to the text: JavaScript's own expressions
 * try all ways to divide a text among several stars.
 */
class Pattern {
  constructor(
    private readonly parts: readonly Part[],
    private readonly greedy: boolean,
  ) {}

  /** The first match at or after a place, or at this place alone; the one that RE2 prefers. */
  find(
    text: readonly string[],
    from: number,
    anchored: boolean,
  ): { readonly start: number; readonly end: number } | undefined {
    const failed = new Set<number>();
    for (let start = from; start <= (anchored ? from : text.length); start++) {
      const end = this.#endAt(text, start, failed);
      if (end !== undefined) return { start, end };
    }
    return undefined;
  }

  /** @param failed star and place (as one number) from which nothing can match */
  #endAt(text: readonly string[], start: number, failed: Set<number>): number | undefined {
    const { parts, greedy } = this;
    const first = fits(text, start, parts[0]);
    if (first === undefined) return undefined;
    if (parts.length === 1) return first;
    // Star number `star` has begun and stands at `at`: it may take one more, or the next part begins.
    const pending: { star: number; at: number; goOn: boolean }[] = [];
    const enter = (star: number, at: number): void => {
      const key = star * (text.length + 1) + at;
      if (failed.has(key)) return;
      failed.add(key);
      const ways = [
        { star, at, goOn: true },
        { star, at, goOn: false },
      ];
      // What is tried first goes on top.
      pending.push(...(greedy ? ways.reverse() : ways));
    };
    enter(1, first);
    for (let way = pending.pop(); way !== undefined; way = pending.pop()) {
      const { star, at, goOn } = way;
      if (goOn) {
        if (at < text.length && text[at] !== '\n') enter(star, at + 1);
        continue;
      }
      const next = fits(text, at, parts[star]);
      if (next === undefined) continue;
      if (star === parts.length - 1) return next;
      enter(star + 1, next);
    }
    return undefined;
  }
}

/** The end of a part that stands at a place. */
function fits(text: readonly string[], at: number, part: Part = []): number | undefined {
  for (const [index, wanted] of part.entries()) {
    const found = text[at + index];
    if (found === undefined || (wanted === undefined ? found === '\n' : found !== wanted)) {
      return undefined;
    }
  }
  return at + part.length;
}

/**
 * Reads a shell pattern.
 * @throws Error with BuildKit's words for an escape that is not `\*`, `\?` or `\\`.
 */
function readPattern(pattern: string, greedy: boolean): Pattern {
  const runes = Array.from(pattern.startsWith('\ufeff') ? pattern.slice(1) : pattern);
  let part: (string | undefined)[] = [];
  const parts: Part[] = [part];
  for (let index = 0; index < runes.length; index++) {
    const rune = runes[index] ?? '';
    if (rune === '*') parts.push((part = []));
    else if (rune === '?') part.push(undefined);
    else if (rune === '\\') {
      const next = runes[index + 1];
      if (next === '}' || next === '/') continue;
      index++;
      if (next !== '*' && next !== '?' && next !== '\\') {
        throw new Error(`invalid escape '\\${next ?? '\ufffd'}'`);
      }
      part.push(next);
    } else part.push(rune);
  }
  return new Pattern(parts, greedy);
}

/** `${value#pattern}`; greedy for `##`. */
export function trimPrefix(pattern: string, value: string, greedy: boolean): string {
  const runes = Array.from(value);
  const match = readOrExplain(pattern, greedy).find(runes, 0, true);
  return match === undefined ? value : runes.slice(match.end).join('');
}

/** `${value%pattern}`: the prefix rule on both texts reversed, because RE2 searches from the left. */
export function trimSuffix(pattern: string, value: string, greedy: boolean): string {
  return reverse(trimPrefix(reversePattern(pattern), reverse(value), greedy));
}

/** `${value/pattern/replacement}`: the first match, replaced literally. */
export function replaceFirst(value: string, pattern: string, replacement: string): string {
  const runes = Array.from(value);
  const match = readOrExplain(pattern, true).find(runes, 0, false);
  if (match === undefined) return value;
  return runes.slice(0, match.start).join('') + replacement + runes.slice(match.end).join('');
}

/**
 * `${value//pattern/replacement}`: every match, the replacement being a Go template. An empty
 * match that touches the match before it does not count (Go's rule; JavaScript has another).
 */
export function replaceAll(value: string, pattern: string, replacement: string): string {
  const matcher = readOrExplain(pattern, true);
  const runes = Array.from(value);
  const pieces: string[] = [];
  let copied = 0;
  let lastEnd = -1;
  for (let match = matcher.find(runes, 0, false); match !== undefined;) {
    const { start, end } = match;
    if (end > start || start !== lastEnd) {
      for (let index = copied; index < start; index++) pieces.push(runes[index] ?? '');
      pieces.push(expandTemplate(replacement, runes.slice(start, end).join('')));
      copied = end;
      lastEnd = end;
    }
    match = matcher.find(runes, end > start ? end : end + 1, false);
  }
  return pieces.join('') + runes.slice(copied).join('');
}

function readOrExplain(pattern: string, greedy: boolean): Pattern {
  try {
    return readPattern(pattern, greedy);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`invalid pattern (${pattern}) in substitution: ${reason}`, { cause: error });
  }
}

/** `regexp.Expand` for an expression without groups: only `$0` names anything. */
function expandTemplate(template: string, match: string): string {
  return template.replace(
    /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu,
    (_text, bare: string | undefined, braced: string | undefined) => {
      const name = bare ?? braced;
      if (name === undefined) return '$';
      return name === '0' ? match : '';
    },
  );
}

function reverse(text: string): string {
  return Array.from(text).reverse().join('');
}

/** Reverses a pattern but keeps each escape before its character: `a\*c` becomes `c\*a`. */
function reversePattern(pattern: string): string {
  const runes = Array.from(pattern);
  const parts: string[] = [];
  for (let index = 0; index < runes.length; index++) {
    const rune = runes[index] ?? '';
    const next = runes[index + 1];
    if (rune === '\\' && next !== undefined) {
      parts.push(rune + next);
      index++;
    } else parts.push(rune);
  }
  return parts.reverse().join('');
}
