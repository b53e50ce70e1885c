/** Files that the user named on the command line. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { CliError, ExitCode } from './exit-code';

/** How the command line spells stdin. */
export const STDIN = '-';

const reasons: Readonly<Record<string, readonly [what: string, remedy: string]>> = {
  ENOENT: ['there is no such file', 'Check the path.'],
  ENOTDIR: ['there is no such file', 'Check the path.'],
  EISDIR: ['is a folder, not a file', 'Name the file inside it.'],
  EACCES: ['cannot be read: permission denied', 'Check its permissions.'],
  EPERM: ['cannot be read: permission denied', 'Check its permissions.'],
};

/** The bytes of a file, or of stdin for `-`. @throws CliError (failed) with the remedy */
export async function readInput(path: string): Promise<Uint8Array> {
  if (path === STDIN) return buffer(process.stdin);
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** A JSON file. @throws CliError (usage) when it cannot be read or is not JSON */
export async function readJson(path: string, option: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(ExitCode.usage, `${option}: ${path}: ${reason}`);
  }
}

/** What is wrong with a file that could not be read, from the system's own error. */
export function unreadable(path: string, error: unknown): CliError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  const [what, remedy] = reasons[code] ?? [`cannot be read: ${message}`, undefined];
  return new CliError(ExitCode.failed, what, {
    place: { file: path },
    ...(remedy === undefined ? {} : { remedy }),
  });
}
