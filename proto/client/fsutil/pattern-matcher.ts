/**
 * The patterns of `.dockerignore` and of BuildKit's include and exclude lists, by the rules of
 * moby's patternmatcher: `**` crosses directories, `!` takes back, the last match wins, and a match
 * of a parent directory counts for everything below. Paths have forward slashes.
 */
import { posix } from 'node:path';
import { BadPattern, goGlob, literal } from './go-glob';

export type Pattern = {
  /** Cleaned, without `!`. */
  readonly text: string;
  readonly exclusion: boolean;
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

  /** Whether a path matches, looking at its parents too. */
  matches(path: string): boolean {
    return this.match(path, undefined).matched;
  }
}

function someParentMatches(pattern: Pattern, path: string): boolean {
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    if (pattern.matches(path.slice(0, at))) return true;
  }
  return false;
}

function parse(pattern: string): Pattern[] {
  if (pattern === '') return [];
  const cleaned = clean(pattern);
  const exclusion = cleaned.startsWith('!');
  const text = exclusion ? cleaned.slice(1) : cleaned;
  if (text === '') throw new BadPattern(pattern);
  goGlob(text);
  return [{ text, exclusion, matches: compile(text) }];
}

/** Go's filepath.Clean. */
export function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/** Most patterns are plain names; only those with special characters pay for a RegExp. */
function compile(text: string): (path: string) => boolean {
  if (!/[*?[\]\\]/.test(text)) return (path) => path === text;
  if (text.startsWith('**') && !/[*?[\]\\]/.test(text.slice(2))) {
    const suffix = text.slice(2);
    // `**/name` is also `name` itself.
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  if (text.endsWith('**') && !/[*?[\]\\]/.test(text.slice(0, -2))) {
    const prefix = text.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  const regexp = new RegExp(`^${translate(text)}$`, 'u');
  return (path) => regexp.test(path);
}

function translate(text: string): string {
  const characters = Array.from(text);
  let source = '';
  let inClass = false;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*' && characters[at + 1] === '*') {
      at++;
      if (characters[at + 1] === '/') at++;
      source += at + 1 >= characters.length ? '.*' : '(.*/)?';
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '\\') source += literal(characters[++at] ?? '\\');
    else if (character === '[' || character === ']') {
      source += character === ']' && !inClass ? '\\]' : character;
      inClass = character === '[';
    } else if (inClass) source += /[.+()|{}$]/.test(character) ? `\\${character}` : character;
    // Go leaves `^` to the regular expression, where it matches nothing in the middle of a name.
    else source += character === '^' ? character : literal(character);
  }
  return source;
}
