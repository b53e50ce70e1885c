/** `.dockerignore`: its patterns, and whether they exclude a path. */
import { cleanPath, trimSpace } from '../text/go';

/** The patterns of an ignore file, cleaned as BuildKit sends them to the daemon. */
export function ignorePatterns(content: string): string[] {
  const patterns: string[] = [];
  for (const [index, line] of content.split('\n').entries()) {
    const text = (index === 0 ? line.replace(/^\ufeff/, '') : line).replace(/\r$/, '');
    if (text.startsWith('#')) continue;
    let pattern = trimSpace(text);
    if (pattern === '') continue;
    const negated = pattern.startsWith('!');
    if (negated) pattern = trimSpace(pattern.slice(1));
    if (pattern !== '') {
      pattern = cleanPath(pattern);
      if (pattern.length > 1 && pattern.startsWith('/')) pattern = pattern.slice(1);
    }
    patterns.push(negated ? `!${pattern}` : pattern);
  }
  return patterns;
}

type Pattern = {
  readonly text: string;
  readonly excludes: boolean;
  readonly matches: (path: string) => boolean;
};

/** Matches paths against ignore patterns. */
export class IgnoreMatcher {
  readonly #patterns: readonly Pattern[];

  /** @throws Error with BuildKit's message for a pattern that it refuses. */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns
      .map(trimSpace)
      .filter((pattern) => pattern !== '')
      .map((pattern) => readPattern(cleanPath(pattern)));
  }

  /** Whether a `!` pattern takes something back. */
  get hasExceptions(): boolean {
    return this.#patterns.some((pattern) => pattern.excludes);
  }

  /** Whether everything in the root is ignored. */
  get ignoresRoot(): boolean {
    return this.#patterns.some(
      (pattern) => !pattern.excludes && ['*', '**', '**/*'].includes(pattern.text),
    );
  }

  /** Whether a path or a folder above it is ignored. */
  ignores(path: string): boolean {
    const parts = path.split('/');
    const parents = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
    let ignored = false;
    for (const pattern of this.#patterns) {
      if (pattern.excludes !== ignored) continue;
      if (pattern.matches(path) || parents.some(pattern.matches)) ignored = !pattern.excludes;
    }
    return ignored;
  }
}

function readPattern(pattern: string): Pattern {
  const excludes = pattern.startsWith('!');
  if (pattern === '!') throw new Error('illegal exclusion pattern: "!"');
  const text = excludes ? pattern.slice(1) : pattern;
  if (!isValidGlob(text)) throw new Error('syntax error in pattern');
  return { text, excludes, matches: compile(text) };
}

/** What `filepath.Match(pattern, ".")` complains about: open brackets and escapes. */
function isValidGlob(pattern: string): boolean {
  for (let index = 0; index < pattern.length; index++) {
    const unit = pattern[index];
    if (unit === '\\') {
      if (++index >= pattern.length) return false;
    } else if (unit === '[') {
      const end = classEnd(pattern, index);
      if (end === undefined) return false;
      index = end;
    }
  }
  return true;
}

/** The `]` of a character class, or undefined for a bad class. */
function classEnd(pattern: string, open: number): number | undefined {
  let index = open + 1;
  if (pattern[index] === '^') index++;
  for (let count = 0; ; count++) {
    if (index >= pattern.length) return undefined;
    if (pattern[index] === ']' && count > 0) return index;
    const low = classCharacter(pattern, index);
    if (low === undefined) return undefined;
    index = low;
    if (pattern[index] === '-') {
      const high = classCharacter(pattern, index + 1);
      if (high === undefined) return undefined;
      index = high;
    }
  }
}

function classCharacter(pattern: string, at: number): number | undefined {
  const unit = pattern[at];
  if (unit === undefined || unit === '-' || unit === ']') return undefined;
  const next = unit === '\\' ? at + 2 : at + 1;
  return next >= pattern.length ? undefined : next;
}

/** A glob in which double stars cross folders, as an expression. */
function compile(pattern: string): (path: string) => boolean {
  const suffix = pattern.slice(2);
  if (pattern.startsWith('**') && !/[*?\\[\]]/.test(suffix)) {
    // Not an expression in BuildKit: `**x` is whatever ends in x, in the middle of a name too.
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  let source = '^';
  let special = false;
  for (let index = 0; index < pattern.length; index++) {
    const unit = pattern[index] ?? '';
    if (unit === '*' && pattern[index + 1] === '*') {
      index++;
      if (pattern[index + 1] === '/') index++;
      source += index + 1 >= pattern.length ? '[^\\n]*' : '([^\\n]*/)?';
      special = true;
    } else if (unit === '*') {
      source += '[^/]*';
      special = true;
    } else if (unit === '?') {
      source += '[^/]';
      special = true;
    } else if (unit === '\\') {
      const next = pattern[++index];
      source += next === undefined ? '\\\\' : escapeLiteral(next);
      special = true;
    } else if (unit === '[' || unit === ']') {
      source += unit;
      special = true;
    } else source += '.+()|{}$'.includes(unit) ? `\\${unit}` : unit;
  }
  if (!special) return (path) => path === pattern;
  try {
    const expression = new RegExp(`${source}$`);
    return (path) => expression.test(path);
  } catch {
    return () => false; // An expression that Go refuses too: BuildKit then ignores the pattern.
  }
}

function escapeLiteral(unit: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(unit) ? `\\${unit}` : unit;
}
