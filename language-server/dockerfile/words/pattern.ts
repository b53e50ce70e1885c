/**
 * The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/replacement}`.
 *
 * BuildKit turns them into RE2 expressions in which `.` is anything but a line feed, so `?` and `*`
 * do not match one either.
 */

const regexSpecial = new Set('[]{}.+()|^$');

/**
 * Compiles a shell pattern.
 * @throws Error with BuildKit's words for an escape that is not `\*`, `\?` or `\\`.
 */
function compilePattern(pattern: string, greedy: boolean, anchored: boolean): RegExp {
  const star = greedy ? '[^\\n]*' : '[^\\n]*?';
  const runes = Array.from(pattern.startsWith('\ufeff') ? pattern.slice(1) : pattern);
  let source = anchored ? '^' : '';
  for (let index = 0; index < runes.length; index++) {
    const rune = runes[index] ?? '';
    if (rune === '*') source += star;
    else if (rune === '?') source += '[^\\n]';
    else if (rune === '\\') {
      const next = runes[index + 1];
      if (next === '}' || next === '/') continue;
      index++;
      if (next !== '*' && next !== '?' && next !== '\\') {
        throw new Error(`invalid escape '\\${next ?? '\ufffd'}'`);
      }
      source += `\\${next}`;
    } else source += rune === '/' || regexSpecial.has(rune) ? `\\${rune}` : rune;
  }
  return new RegExp(source, 'gu');
}

/** `${value#pattern}`; greedy for `##`. */
export function trimPrefix(pattern: string, value: string, greedy: boolean): string {
  const match = compileOrExplain(pattern, greedy, true).exec(value);
  return match === null ? value : value.slice(match[0].length);
}

/** `${value%pattern}`: the prefix rule on both texts reversed, because RE2 searches from the left. */
export function trimSuffix(pattern: string, value: string, greedy: boolean): string {
  return reverse(trimPrefix(reversePattern(pattern), reverse(value), greedy));
}

/** `${value/pattern/replacement}`: the first match, replaced literally. */
export function replaceFirst(value: string, pattern: string, replacement: string): string {
  const match = compileOrExplain(pattern, true, false).exec(value);
  if (match === null) return value;
  return value.slice(0, match.index) + replacement + value.slice(match.index + match[0].length);
}

/**
 * `${value//pattern/replacement}`: every match, the replacement being a Go template. An empty
 * match that touches the match before it does not count (Go's rule; JavaScript has another).
 */
export function replaceAll(value: string, pattern: string, replacement: string): string {
  const regex = compileOrExplain(pattern, true, false);
  let result = '';
  let copied = 0;
  let lastEnd = -1;
  for (let match = regex.exec(value); match !== null; match = regex.exec(value)) {
    const end = match.index + match[0].length;
    if (match[0] !== '' || match.index !== lastEnd) {
      result += value.slice(copied, match.index) + expandTemplate(replacement, match[0]);
      copied = end;
      lastEnd = end;
    }
    if (match[0] === '') regex.lastIndex += (value.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return result + value.slice(copied);
}

function compileOrExplain(pattern: string, greedy: boolean, anchored: boolean): RegExp {
  try {
    return compilePattern(pattern, greedy, anchored);
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
