/** What a lint rule says about a place. */
import type { Lines, Span } from '../text/span';

export type LintWarning = {
  /** The rule's name, e.g. `StageNameCasing`. */
  readonly rule: string;
  /** The rule's general description. */
  readonly description: string;
  /** Empty for the one rule that has no page. */
  readonly url: string;
  /** What is wrong here. */
  readonly detail: string;
  /** BuildKit's place, in whole lines; undefined for a place that it does not know. */
  readonly lines?: Lines;
  /** The tokens that are meant, where we know better than the line. */
  readonly spans: readonly Span[];
  /** The name that is wrong, where a fix needs it, and the one that was probably meant. */
  readonly subject?: string;
  readonly suggestion?: string;
};
