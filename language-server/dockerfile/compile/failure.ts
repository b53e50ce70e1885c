/**
 * A failed build. Inside the compiler it is thrown, so that the places it passes can be added on the
 * way out as BuildKit does; the compiler's boundary turns it into a {@link BuildError}.
 */
import { asRunes } from '../text/bytes';
import type { Lines, Span } from '../text/span';
import type { BuildError } from './result';

export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';

  constructor(
    message: string,
    /** Innermost first; undefined is a place without lines. */
    readonly locations: readonly (Lines | undefined)[] = [],
    readonly span?: Span,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  toBuildError(): BuildError {
    const { locations, span } = this;
    return { message: asRunes(this.message), locations, ...(span !== undefined && { span }) };
  }
}

export function asFailure(error: unknown): BuildFailure {
  if (error instanceof BuildFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BuildFailure(message, [], undefined, { cause: error });
}

/** Adds a place to a failure. */
export function at(error: unknown, lines: Lines | undefined, span?: Span): BuildFailure {
  const failure = asFailure(error);
  return new BuildFailure(failure.message, [...failure.locations, lines], failure.span ?? span, {
    cause: failure,
  });
}

/** Replaces a failure's places by one. */
export function onlyAt(error: unknown, lines: Lines | undefined, span?: Span): BuildFailure {
  const failure = asFailure(error);
  return new BuildFailure(failure.message, [lines], span, { cause: failure });
}

/** Puts words before a failure's message. */
export function because(prefix: string, error: unknown): BuildFailure {
  const failure = asFailure(error);
  return new BuildFailure(`${prefix}: ${failure.message}`, failure.locations, failure.span, {
    cause: failure,
  });
}
