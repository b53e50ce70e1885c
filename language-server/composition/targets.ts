/**
 * Files that say how Dockerfiles are built, Bake's and Compose's, as far as an editor needs them:
 * which Dockerfile, which context, which stage and which arguments each target names.
 */
import type { Span } from '../dockerfile';

/** A text and the place where it stands. */
export type Place = Span & { readonly text: string };

/** What a build argument is set to; undefined for an expression, or where the environment decides. */
export type TargetArgument = Place & { readonly value?: string };

export type CompositionTarget = {
  readonly name: Place;
  /** A folder or an address; undefined where another target or a variable decides. */
  readonly context?: Place;
  /** Relative to the context. */
  readonly dockerfile?: Place;
  /** The stage. */
  readonly stage?: Place;
  readonly args: readonly TargetArgument[];
  /** Its Dockerfile lies nowhere that this file tells: it is inline, or an expression names it. */
  readonly isElsewhere: boolean;
  /** Other targets that this one takes its settings from. */
  readonly inherits: boolean;
};

/** Reads the targets of a file; a file that is broken gives those that can be made out. */
export type ReadTargets = (text: string) => readonly CompositionTarget[];
