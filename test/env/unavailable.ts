// The one error that means "this part of the test environment cannot be had here", and why.

export type Part =
  'buildkit' | 'vscode' | 'vscode-oldest' | 'chromium' | 'shellcheck' | 'old-dockers';

/**
 * Thrown when a part is missing for a reason that is no fault of the code under test.
 *
 * - `absent`: this kind of machine cannot have it (no root, not Debian or Ubuntu, no namespaces).
 *   The tests that need it are skipped, with `message` as the reason.
 * - `download`: it should be here, but fetching it failed, after retries.
 */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  constructor(
    readonly part: Part,
    readonly kind: 'absent' | 'download',
    message: string,
  ) {
    super(message);
  }
}

/** The exit code (EX_TEMPFAIL of sysexits.h) for "the environment could not be downloaded". */
export const environmentExitCode = 75;
