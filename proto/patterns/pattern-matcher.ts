/**
 * The patterns of `.dockerignore` and of BuildKit's include and exclude lists, by the rules of
 * moby's patternmatcher: `**` crosses directories, `!` takes back, the last match wins, and a match
 * of a parent directory counts for everything below. Paths have forward slashes.
 *
 * That package writes most patterns as regular expressions of Go, and lets through what those mean
 * beyond a glob (`\d` is a digit), so that is what happens here too.
 */
import { cleanPath } from './clean-path';
import { BadPattern, goGlob } from './go-glob';

export type Pattern = {
  /** Cleaned, without `!`. */
  readonly text: string;
  readonly exclusion: boolean;
  /** @throws BadPattern when no expression can be made of it, such as of `[z-a]` */
  matches(path: string): boolean;
};

/** What is known of a directory while its contents are walked: which patterns it matched. */
export type ParentMatches = readonly boolean[];

export class PatternMatcher {
  readonly patterns: readonly Pattern[];
  /** Whether any pattern begins with `!`. */
  readonly hasExclusions: boolean;

  /** @throws BadPattern */
  constructor(patterns: readonly string[]) {
    this.patterns = patterns.map((pattern) => pattern.trim()).flatMap(parse);
    this.hasExclusions = this.patterns.some(({ exclusion }) => exclusion);
  }

  /**
   * Whether a path matches, and what its children need to know.
   * @param parent the result for the path's directory; undefined when that was not asked for
   * @throws BadPattern
   */
  match(path: string, parent: ParentMatches | undefined): { matched: boolean; own: ParentMatches } {
    let matched = false;
    const own = this.patterns.map((pattern, index) => {
      let hit = parent?.[index] ?? false;
      if (!hit) {
        // A pattern that could not change the answer is not tried; children then try it themselves.
        if (pattern.exclusion !== matched) return false;
        hit = pattern.matches(path) || (parent === undefined && someParentMatches(pattern, path));
      }
      if (hit) matched = !pattern.exclusion;
      return hit;
    });
    return { matched, own };
  }

  /** Whether a path matches, looking at its parents too. @throws BadPattern */
  matches(path: string): boolean {
    return this.match(path, undefined).matched;
  }
}

function someParentMatches(pattern: Pattern, path: string): boolean {
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    if (pattern.matches(path.slice(0, at))) return true;
  }
  // Go takes the root for a directory with two parts, both of them empty.
  return path.lastIndexOf('/') === 0 && pattern.matches('/');
}

function parse(pattern: string): Pattern[] {
  if (pattern === '') return [];
  const cleaned = cleanPath(pattern);
  const exclusion = cleaned.startsWith('!');
  const text = exclusion ? cleaned.slice(1) : cleaned;
  if (text === '') throw new BadPattern(pattern, 'illegal exclusion pattern: "!"');
  goGlob(text);
  let compiled: ((path: string) => boolean) | undefined;
  return [
    {
      text,
      exclusion,
      matches: (path) => {
        compiled ??= compile(text);
        return compiled(path);
      },
    },
  ];
}

/** Most patterns are plain names; only those with special characters pay for a RegExp. */
function compile(text: string): (path: string) => boolean {
  const { kind, source } = translated(text);
  switch (kind) {
    case 'exact':
      return (path) => path === text;
    case 'prefix': {
      const prefix = text.slice(0, -2);
      return (path) => path.startsWith(prefix);
    }
    case 'suffix': {
      const suffix = text.slice(2);
      // `**/name` is also `name` itself.
      return (path) =>
        path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
    }
    case 'expression': {
      const expression = expressionOf(`^${source}$`);
      if (expression === undefined) throw new BadPattern(text);
      return (path) => expression.test(path);
    }
  }
}

/**
 * Go takes a `]` without its `[` for itself, which JavaScript does only without Unicode mode; with
 * it, `?` is a whole character as in Go.
 */
function expressionOf(source: string): RegExp | undefined {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(source, flags);
    } catch {
      // The other mode decides.
    }
  }
  return undefined;
}

type Translated = {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'expression';
  /** A regular expression without its ends; of use for the last kind only. */
  readonly source: string;
};

/** Classes are not told apart from what is around them: the original does not do so either. */
function translated(text: string): Translated {
  const characters = Array.from(text);
  let source = '';
  let kind: Translated['kind'] = 'exact';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*' && characters[at + 1] === '*') {
      const isFirst = at === 0;
      at++;
      if (characters[at + 1] === '/') at++;
      if (at + 1 < characters.length) {
        source += '([^\\n]*/)?';
        kind = 'expression';
      } else if (kind === 'exact') kind = 'prefix';
      else {
        source += '[^\\n]*';
        kind = 'expression';
      }
      if (isFirst) kind = 'suffix';
      continue;
    }
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '\\') source += escaped(characters[++at] ?? '\\', text);
    else source += '.+()|{}$'.includes(character) ? `\\${character}` : character;
    if ('*?[]\\'.includes(character)) kind = 'expression';
  }
  return { kind, source };
}

/** What the letters mean after a backslash in a regular expression of Go. */
const escapes: Readonly<Record<string, string>> = {
  A: '^',
  B: '\\B',
  D: '\\D',
  S: '[^\\t\\n\\f\\r ]',
  W: '\\W',
  a: '\\x07',
  b: '\\b',
  d: '\\d',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  s: '[\\t\\n\\f\\r ]',
  t: '\\t',
  v: '\\v',
  w: '\\w',
  z: '$',
};

/**
 * @param text the whole pattern
 * @throws BadPattern for a letter that Go has no escape for; those that take more than one
 * character (`\x41`, `\pL`, `\Q`) are among them here
 */
function escaped(character: string, text: string): string {
  const known = escapes[character];
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  if (/^[0-9A-Za-z]$/.test(character) || code > 0x7f) throw new BadPattern(text);
  return `\\x${code.toString(16).padStart(2, '0')}`;
}
