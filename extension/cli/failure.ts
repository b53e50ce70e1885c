/** Turns whatever a command threw into what the CLI reports and exits with. */
import { AddressError } from '../../proto/client/address';
import { BuildkitError } from '../../proto/client/buildkit-error';
import { ConnectError } from '../../proto/client/connect-error';
import { BuildFailure } from '../engine/input/build-input';
import { explain } from '../engine/failure/explain';
import { ProfileError } from '../engine/profile/profile';
import { UnreadableDerivations } from '../../language-server/server/unreadable-derivations';
import { CliError, ExitCode } from './exit-code';
import { unreadable } from './input-file';

/** What the system was asked for when a file that should be read could not be. */
const READING: ReadonlySet<string> = new Set(['open', 'lstat', 'stat', 'read', 'scandir']);

/** Failures of the world keep their message; anything else is a defect and keeps its stack. */
export function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ConnectError) {
    const { reason, remedy } = error;
    return new CliError(ExitCode.noBuildKit, reason, remedy === '' ? {} : { remedy });
  }
  if (error instanceof AddressError) return new CliError(ExitCode.usage, error.message);
  if (
    error instanceof ProfileError ||
    error instanceof BuildFailure ||
    error instanceof BuildkitError
  ) {
    return new CliError(ExitCode.failed, explain(error));
  }
  if (error instanceof UnreadableDerivations) {
    const { file, line, column, what } = error;
    const at = line === undefined || column === undefined ? {} : { line, column };
    return new CliError(ExitCode.failed, what, { place: { file, ...at } });
  }
  if (error instanceof Error && 'syscall' in error) {
    const { syscall } = error;
    if (READING.has(String(syscall)) && 'path' in error && typeof error.path === 'string') {
      return unreadable(error.path, error);
    }
    return new CliError(ExitCode.failed, error.message);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new CliError(ExitCode.failed, `internal error: ${text}`);
}
