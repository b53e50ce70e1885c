/** Go's `filepath.Match`: `*` and `?` stop at slashes, `[a-z]` and `[^a-z]`, `\` escapes. */

/** The pattern is malformed: e.g. an open class, an empty one, or a `\` at its end. */
export class BadPattern extends Error {
  override readonly name = 'BadPattern';

  /** @param reason in moby's words */
  constructor(
    readonly pattern: string,
    readonly reason = 'syntax error in pattern',
  ) {
    super(`${reason}: ${pattern}`);
  }
}

/** @throws BadPattern */
export function goGlob(pattern: string): RegExp {
  let source = '';
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const found = characterClass(characters, at + 1, pattern);
      source += found.source;
      at = found.end;
    } else if (character === '\\') {
      const next = characters[++at];
      if (next === undefined) throw new BadPattern(pattern);
      source += literal(next);
    } else source += literal(character);
  }
  return new RegExp(`^${source}$`, 'su');
}

/** Reads the class that begins at `start`; `end` is the place of its `]`. */
function characterClass(
  characters: readonly string[],
  start: number,
  pattern: string,
): { source: string; end: number } {
  let at = start;
  const negated = characters[at] === '^';
  if (negated) at++;
  let source = '';
  const one = (): string => {
    let character = characters[at++];
    if (character === '\\') character = characters[at++];
    else if (character === '-' || character === ']') throw new BadPattern(pattern);
    if (character === undefined) throw new BadPattern(pattern);
    return character;
  };
  while (characters[at] !== ']' || source === '') {
    const low = one();
    let high = low;
    if (characters[at] === '-') {
      at++;
      high = one();
    }
    // A range the wrong way round matches nothing in Go and is an error in a RegExp.
    if (low <= high) source += `${literal(low)}-${literal(high)}`;
    else source += low === high ? literal(low) : '';
    if (source === '') source = never;
  }
  return { source: `[${negated ? '^' : ''}${source}]`, end: at };
}

/** A character no path holds: file names cannot contain NUL. */
const never = '\\0';

function literal(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character)
    ? `\\${character === '-' ? 'x2d' : character}`
    : character;
}
