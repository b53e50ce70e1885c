/**
 * Which files of the build's context an op reads, and what they come to.
 *
 * BuildKit finds a COPY in its cache by the contents of what it copies, never by the source that
 * lent it. Where it is not plain which files those are (links on the way, patterns with exceptions),
 * the whole source counts: a prediction may then say "runs" of what is cached, never the reverse.
 */
import { createHash } from 'node:crypto';
import { cleanPath } from '../../../proto/patterns/clean-path';
import { BadPattern, goGlob } from '../../../proto/patterns/go-glob';
import { PatternMatcher } from '../../../proto/patterns/pattern-matcher';
import { GoMode, has, isRegular } from '../../../proto/client/fsutil/go-mode';
import type { DefinitionOp } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { ContextFile } from './context-files';

export type FileRead = {
  /** The local source's op. */
  readonly source: Digest;
  /** From the source's root; empty for all of it. */
  readonly path: string;
  /** Whether `path` is a pattern. */
  readonly wildcard: boolean;
  /** Patterns of what below `path` is left out. */
  readonly exclude: readonly string[];
};

/** @param locals the ops that are local sources */
export function readsOf({ op }: DefinitionOp, locals: ReadonlySet<Digest>): readonly FileRead[] {
  const reads: FileRead[] = [];
  const add = (input: number, path: string, more: Partial<FileRead> = {}) => {
    const source = op.inputs[input]?.digest;
    if (source === undefined || !locals.has(source)) return;
    reads.push({ source, path: inside(path), wildcard: false, exclude: [], ...more });
  };
  const { op: kind } = op;
  if (kind.kind === 'file') {
    for (const action of kind.actions) {
      add(action.input, '');
      if (action.action !== 'copy') continue;
      const { src, allowWildcard, includePatterns, excludePatterns } = action;
      add(action.secondaryInput, includePatterns.length > 0 ? '' : src, {
        wildcard: includePatterns.length === 0 && allowWildcard && hasWildcard(src),
        exclude: includePatterns.length > 0 ? [] : excludePatterns,
      });
    }
  } else if (kind.kind === 'exec') {
    for (const { input, selector } of kind.mounts) add(input, selector);
  } else {
    for (const input of op.inputs.keys()) add(input, '');
  }
  return reads;
}

const inside = (path: string): string => cleanPath(`/${path}`).slice(1);

const hasWildcard = (path: string): boolean => /[*?[]/.test(path.replaceAll(/\\./g, ''));

/** A file as the op sees it. */
export type FileSeen = { readonly name: string; readonly file: ContextFile };

/**
 * The files that are read, by the names that count.
 * @param files a listing of the source
 */
export function selected(
  files: readonly ContextFile[],
  { path, wildcard, exclude }: FileRead,
): readonly FileSeen[] {
  const all = () => files.map((file) => ({ name: file.path, file }));
  if (path === '') return exclude.length === 0 ? all() : (excluding(all(), exclude) ?? all());
  if (wildcard) return exclude.length > 0 ? all() : (matching(files, path) ?? all());
  const below = `${path}/`;
  let root: ContextFile | undefined;
  const found: FileSeen[] = [];
  for (const file of files) {
    if (file.path === path) root = file;
    else if (file.path.startsWith(below)) {
      found.push({ name: file.path.slice(below.length), file });
    } else if (file.link !== undefined && path.startsWith(`${file.path}/`)) return all();
  }
  if (root === undefined || root.link !== undefined) return all();
  if (!has(root.mode, GoMode.dir))
    return [{ name: path.slice(path.lastIndexOf('/') + 1), file: root }];
  const kept = exclude.length === 0 ? found : excluding(found, exclude);
  return kept === undefined ? all() : [{ name: '', file: root }, ...kept];
}

/** Undefined where it is not plain what the patterns leave. */
function excluding(
  seen: readonly FileSeen[],
  patterns: readonly string[],
): readonly FileSeen[] | undefined {
  try {
    const matcher = new PatternMatcher(patterns);
    if (matcher.hasExclusions) return undefined;
    return seen.filter(({ name }) => name === '' || !matcher.matches(name));
  } catch (error) {
    if (error instanceof BadPattern) return undefined;
    throw error;
  }
}

/** What a pattern names, and all below it; undefined where a link is in the way. */
function matching(files: readonly ContextFile[], pattern: string): FileSeen[] | undefined {
  let glob: RegExp;
  try {
    glob = goGlob(pattern);
  } catch (error) {
    if (error instanceof BadPattern) return undefined;
    throw error;
  }
  const depth = pattern.split('/').length;
  const found: FileSeen[] = [];
  for (const file of files) {
    const parts = file.path.split('/');
    if (parts.length < depth) {
      if (file.link !== undefined) return undefined;
      // A folder whose entries may have come or gone.
      if (file.unsettled === true) found.push({ name: file.path, file });
      continue;
    }
    if (!glob.test(parts.slice(0, depth).join('/'))) continue;
    if (parts.length === depth && file.link !== undefined) return undefined;
    found.push({ name: parts.slice(depth - 1).join('/'), file });
  }
  return found;
}

/** What the files come to; undefined where one of them is not known. */
export function contentOf(seen: readonly FileSeen[]): string | undefined {
  const parts: string[] = [];
  for (const { name, file } of seen) {
    if (file.unsettled === true) return undefined;
    if (isRegular(file.mode) && file.hash === undefined) return undefined;
    parts.push(JSON.stringify([name, file.mode, file.link ?? file.hash ?? '']));
  }
  return createHash('sha256').update(parts.join('')).digest('hex');
}
