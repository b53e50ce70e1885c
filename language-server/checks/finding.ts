/** What a check says about a place in a Dockerfile. */
import type { Span, TextEdit } from '../dockerfile';

export type Finding = {
  readonly code: string;
  readonly message: string;
  readonly severity: 'error' | 'warning' | 'information' | 'hint';
  readonly span: Span;
  /** Who says so, as the editor shows it. */
  readonly source: string;
  readonly url?: string;
  /** Shown faded: what is there has no effect. */
  readonly unnecessary?: boolean;
  /** What takes the finding away, the best first; worked out when a user asks. */
  readonly fixes?: () => readonly FindingFix[];
};

export type FindingFix = { readonly title: string; readonly edits: readonly TextEdit[] };
