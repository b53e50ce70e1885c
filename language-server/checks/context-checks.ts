/**
 * Sources of COPY and ADD that are not in the build context.
 *
 * Which folder will be the context is the build's choice. While none is chosen, a source that a
 * folder above the Dockerfile has is taken to be there, and only one that is nowhere is reported.
 */
import { candidateFolders, segmentMatcher, segmentsOf } from '../context-paths';
import type { DockerfileView } from '../dockerfile-view';
import { expandedText, resolvedValue } from '../dockerfile/occurrences/resolved-values';
import type { Word } from '../dockerfile/parser/syntax-tree';
import type { FolderEntry, ServerHost } from '../host';
import type { Finding } from './finding';

export async function contextChecks(
  view: DockerfileView,
  host: Pick<ServerHost, 'listFolder'>,
  contextUri?: string,
): Promise<Finding[]> {
  if (!view.uri.includes('/')) return [];
  const folders = new FolderCache(host);
  const own = contextUri ?? view.uri.slice(0, view.uri.lastIndexOf('/') + 1);
  // Without a file system nothing can be said.
  if ((await folders.list(own)).length === 0) return [];
  const candidates = contextUri === undefined ? [...candidateFolders(own)] : [contextUri];
  const findings: Finding[] = [];
  for (const { word, path } of localSources(view)) {
    if (await isSomewhere(folders, candidates, path)) continue;
    findings.push({
      code: 'missing-source',
      message: `"${path}" is not in the build context`,
      severity: 'warning',
      span: { start: word.start, end: word.end },
      source: 'LLB Lens',
    });
  }
  return findings;
}

/** Sources that must be files of the context; those that rest on build arguments are left out. */
function localSources(view: DockerfileView): { word: Word; path: string }[] {
  const { tree, variables } = view;
  return tree.instructions.flatMap((instruction) => {
    const { name, flags, words, span } = instruction;
    if (name !== 'copy' && name !== 'add') return [];
    if (flags.some((flag) => flag.name === 'from') || words.length < 2) return [];
    const scope = view.scopeAt(span.start);
    return words.slice(0, -1).flatMap((word) => {
      const text = expandedText(word.text, tree.escape, (variable) =>
        resolvedValue(variables, scope, variable, span.start, tree.escape),
      );
      if (text === undefined || text.startsWith('<<') || /^(\w+:\/\/|git@)/.test(text)) return [];
      if (name === 'add' && /\.git(#|$)/.test(text)) return [];
      return [{ word, path: text }];
    });
  });
}

async function isSomewhere(
  folders: FolderCache,
  candidates: readonly string[],
  path: string,
): Promise<boolean> {
  for (const folder of candidates) {
    if (await exists(folders, folder, segmentsOf(path))) return true;
  }
  return false;
}

async function exists(
  folders: FolderCache,
  folder: string,
  segments: readonly string[],
): Promise<boolean> {
  const [first, ...rest] = segments;
  if (first === undefined) return true;
  if (first === '**') return true;
  const matches = segmentMatcher(first);
  for (const { name, isFolder } of await folders.list(folder)) {
    if (!matches(name)) continue;
    if (rest.length === 0) return true;
    if (isFolder && (await exists(folders, `${folder}${encodeURIComponent(name)}/`, rest))) {
      return true;
    }
  }
  return false;
}

class FolderCache {
  private readonly known = new Map<string, Promise<readonly FolderEntry[]>>();

  constructor(private readonly host: Pick<ServerHost, 'listFolder'>) {}

  list(uri: string): Promise<readonly FolderEntry[]> {
    let entries = this.known.get(uri);
    if (entries === undefined) {
      entries = this.host.listFolder(uri);
      this.known.set(uri, entries);
    }
    return entries;
  }
}
