/**
 * How a run of the CLI ends: its exit code, and the errors that carry one.
 *
 * 0 good · 1 the input or the build failed · 2 wrong usage · 3 no BuildKit · 130 interrupted
 * (128 + SIGINT, as shells count).
 */
export const ExitCode = { good: 0, failed: 1, usage: 2, noBuildKit: 3, interrupted: 130 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A place in an input; lines and columns count from 1. */
export type Place = { readonly file: string; readonly line?: number; readonly column?: number };

/** A failure that is not a defect of ours: what happened, where, and what to do about it. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly help: {
      readonly place?: Place;
      /** The lines at the place, for people. */
      readonly excerpt?: string;
      readonly remedy?: string;
    } = {},
  ) {
    super(message);
  }
}

/** `FILE:LINE:COLUMN`, as far as it is known. */
export function placeText(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
}
