/**
 * Which paths a build really reads when it names some: symbolic links on the way are followed
 * inside the directory, wildcards in the names are looked up for links.
 *
 * BuildKit sends these as `followpaths`; the client adds the result to the include patterns, so
 * that a link and its target are both sent. Links never lead out of the directory: an absolute
 * target and `..` begin again at its root, as they will in the build.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';
import { errorCode } from '../connect-error';
import { BadPattern, goGlob } from '../../patterns/go-glob';

/**
 * Include patterns for `paths`, sorted; undefined when one of them is the whole directory.
 * @param root the real path of the directory
 */
export function followPaths(root: string, paths: readonly string[]): string[] | undefined {
  const found = new Set<string>();
  for (const path of paths) follow(root, path, found);
  return withoutDescendants([...found].sort());
}

function follow(root: string, path: string, found: Set<string>): void {
  const parts = inside(path);
  let current = '.';
  for (let index = 0; ; index++) {
    current = posix.join(current, parts[index] ?? '.');
    const rest = parts.slice(index + 1);
    const targets = linkTargets(root, current, true);
    if ((rest.length === 0 || targets.length > 0) && found.has(current)) return;
    if (targets.length > 0) {
      found.add(current);
      for (const target of targets) follow(root, posix.join(target, ...rest), found);
      return;
    }
    if (rest.length === 0) {
      found.add(current);
      return;
    }
  }
}

/** The components of a path, seen from the directory's root, which nothing leaves. */
function inside(path: string): string[] {
  return posix.join('/', path).split('/').filter(Boolean);
}

/** Where the links at `path` point, as paths from the root; empty when there are none. */
function linkTargets(root: string, path: string, wildcards: boolean): string[] {
  if (path === '.') return [];
  const { dir, base } = posix.parse(path);
  if (wildcards && hasWildcard(base)) {
    let matches: RegExp;
    try {
      matches = goGlob(base);
    } catch (error) {
      if (error instanceof BadPattern) return [];
      throw error;
    }
    return namesIn(join(root, dir))
      .filter((name) => matches.test(name))
      .flatMap((name) => linkTargets(root, posix.join(dir, name), false));
  }
  let target: string;
  try {
    target = readlinkSync(join(root, path));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  const slashed = process.platform === 'win32' ? target.replaceAll('\\', '/') : target;
  return [posix.isAbsolute(slashed) ? posix.normalize(slashed) : posix.join('/', dir, slashed)];
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Not there, not a directory, or not a link (EINVAL). */
function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EINVAL', 'UNKNOWN'].includes(errorCode(error) ?? '');
}

function hasWildcard(name: string): boolean {
  return /[*?[]/.test(name.replaceAll(/\\./g, ''));
}

function withoutDescendants(sorted: readonly string[]): string[] | undefined {
  const kept: string[] = [];
  let last: string | undefined;
  for (const path of sorted) {
    if (path === '.') return undefined;
    if (last !== undefined && path.startsWith(`${last}/`)) continue;
    kept.push(path);
    last = path;
  }
  return kept;
}
