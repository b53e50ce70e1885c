/** One place where something's name stands, and all the places of one name. */
import type { Span } from '../text/span';

export type OccurrenceKind = 'stage' | 'image' | 'variable' | 'heredoc';

export type Occurrence = {
  readonly kind: OccurrenceKind;
  readonly span: Span;
  readonly role: 'write' | 'read';
  /** Where the name is defined for this place. */
  readonly definition: Span | undefined;
  /** False for a place that names the thing in another way, e.g. a stage by its index. */
  readonly renamed: boolean;
  /** A place in which a name is found in lower case only. */
  readonly lowerCase?: true;
};

/** All places of one name: what defines it first, then what reads it. */
export type Name = { readonly kind: OccurrenceKind; readonly occurrences: readonly Occurrence[] };
