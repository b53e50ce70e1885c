/** `.dockerignore`: its patterns, and whether they exclude a path. */
import { BadPattern } from '../../../proto/patterns/go-glob';
import { PatternMatcher } from '../../../proto/patterns/pattern-matcher';
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

/** Matches paths against ignore patterns. */
export class IgnoreMatcher {
  readonly #matcher: PatternMatcher;

  /** @throws Error with BuildKit's message for a pattern that it refuses. */
  constructor(patterns: readonly string[]) {
    this.#matcher = inBuildKitsWords(() => new PatternMatcher(patterns));
  }

  /** Whether a `!` pattern takes something back. */
  get hasExceptions(): boolean {
    return this.#matcher.hasExclusions;
  }

  /** Whether everything in the root is ignored. */
  get ignoresRoot(): boolean {
    return this.#matcher.patterns.some(
      ({ text, exclusion }) => !exclusion && ['*', '**', '**/*'].includes(text),
    );
  }

  /**
   * Whether a path or a folder above it is ignored.
   * @throws Error with BuildKit's message for a pattern that it finds wrong only when it is used.
   */
  ignores(path: string): boolean {
    return inBuildKitsWords(() => this.#matcher.matches(path));
  }
}

function inBuildKitsWords<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof BadPattern ? new Error(error.reason, { cause: error }) : error;
  }
}
