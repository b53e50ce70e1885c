/**
 * Files that say how Dockerfiles are built, Bake's and Compose's, as far as an editor needs them:
 * which Dockerfile, which context, which stage and which arguments each target names.
 */
import type { Span } from '../dockerfile';

/** A text and the place where it stands. */
export type Place = Span & { readonly text: string };

/** A text, or what only Bake or Compose can work out: from an expression, or the environment. */
export type Setting = Place | 'unknown';

/** What a build argument is set to; undefined for an expression, or where the environment decides. */
export type TargetArgument = Place & { readonly value?: string };

/** What one block of a file says of a target. */
export type CompositionTarget = {
  readonly name: Place;
  /** A folder or an address. */
  readonly context?: Setting;
  /** Relative to the context. */
  readonly dockerfile?: Setting;
  readonly stage?: Setting;
  /** Its Dockerfile stands in the file itself. */
  readonly isInline: boolean;
  readonly args: readonly TargetArgument[];
  /** An expression may set more arguments than {@link args}. */
  readonly hasMoreArgs: boolean;
  /** Targets that this one takes its settings from, later ones before earlier ones. */
  readonly bases: readonly string[] | 'unknown';
  /** A matrix makes several targets of it, each with settings and a name of its own. */
  readonly isSeveral: boolean;
};

/** Reads the targets of a file; a file that is broken gives those that can be made out. */
export type ReadTargets = (text: string) => readonly CompositionTarget[];
