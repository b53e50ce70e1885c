/** Paths as BuildKit treats them for the target's operating system; slashes within. */
import { cleanPath, equalFold, joinPath, quote } from '../text/go';

export const defaultPathVariable = (os: string): string =>
  os === 'windows'
    ? 'c:\\Windows\\System32;c:\\Windows;C:\\Windows\\System32\\WindowsPowerShell\\v1.0'
    : '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function toSlash(path: string, os: string): string {
  return os === 'windows' ? path.replaceAll('\\', '/') : path;
}

/**
 * Checks that a Windows path is on drive C: and takes the drive off; other systems have none.
 * @throws Error with BuildKit's message.
 */
export function withoutDrive(path: string, os: string, keepSlash: boolean): string {
  if (os !== 'windows') return path;
  if (Array.from(path).length === 2 && path[1] === ':') {
    throw new Error(`No relative path specified in ${quote(path)}`);
  }
  if (toSlash(path.slice(0, 2), os) === '//') throw new Error('UNC paths are not supported');
  const colon = path.indexOf(':');
  if (colon < 0) return cleanWindows(path, keepSlash);
  if (!equalFold(path.slice(0, colon), 'c')) {
    throw new Error('The specified path is not on the system drive (C:)');
  }
  return cleanWindows(path.slice(colon + 1), keepSlash);
}

function cleanWindows(path: string, keepSlash: boolean): string {
  const slashed = toSlash(path, 'windows');
  const cleaned = cleanPath(slashed);
  return keepSlash && cleaned.length > 1 && slashed.endsWith('/') ? `${cleaned}/` : cleaned;
}

export function isAbsolute(path: string, os: string): boolean {
  try {
    return toSlash(withoutDrive(path, os, false), os).startsWith('/');
  } catch {
    return false; // A path that is on no drive we know is not absolute.
  }
}

/**
 * An absolute path with forward slashes: `path` seen from `parent`. On Linux an absolute path is
 * left as it is, a relative one is joined and cleaned.
 * @throws Error with BuildKit's message, for Windows drives.
 */
export function normalizePath(
  parent: string,
  path: string,
  os: string,
  keepSlash: boolean,
): string {
  const original = toSlash(path, os);
  let base = removeDrive(toSlash(parent, os) === '' ? '/' : toSlash(parent, os), os, keepSlash);
  if (!isAbsolute(base, os)) base = joinPath('/', base);
  let result = removeDrive(original === '' ? base : original, os, keepSlash);
  if (!isAbsolute(result, os)) result = joinPath(base, result);
  if (keepSlash) {
    if (original.endsWith('/') && !result.endsWith('/')) result += '/';
    else if (original.endsWith('/.')) result += result === '/' ? '.' : '/.';
  }
  return toSlash(result, os);
}

function removeDrive(path: string, os: string, keepSlash: boolean): string {
  try {
    return withoutDrive(path, os, keepSlash);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`removing drive letter: ${reason}`, { cause: error });
  }
}

/**
 * A WORKDIR seen from the one before; backslashes on Windows.
 * @throws Error with BuildKit's message.
 */
export function normalizeWorkdir(current: string, path: string, os: string): string {
  try {
    const result = normalizePath(current, path, os, false);
    return os === 'windows' ? result.replaceAll('/', '\\') : result;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`normalizing working directory: ${reason}`, { cause: error });
  }
}
