/** The files of a build context, as an editor sees them: what is there and what is ignored. */
import { IgnoreMatcher, ignorePatterns } from './dockerfile/compile/ignore-file';
import type { FolderEntry, ServerHost } from './host';

export type ContextFolder = {
  /** With a slash at its end. */
  readonly uri: string;
  /** Entries of a folder of the context, by its relative path; those that are ignored are left out. */
  list(path: string): Promise<readonly FolderEntry[]>;
  /** Whether an ignore file keeps a relative path out of the build. */
  ignores(path: string): boolean;
  /** The ignore file that counts: the Dockerfile's own before the context's. */
  readonly ignoreFile: string | undefined;
};

/**
 * The context of a Dockerfile.
 * @param folder its URI; undefined for the Dockerfile's own folder
 * @returns undefined for a document that lies in no folder
 */
export async function contextFolder(
  host: Pick<ServerHost, 'readText' | 'listFolder'>,
  documentUri: string,
  folder?: string,
): Promise<ContextFolder | undefined> {
  if (!documentUri.includes('/')) return undefined;
  const uri = folder ?? documentUri.slice(0, documentUri.lastIndexOf('/') + 1);
  const candidates = [`${documentUri}.dockerignore`, `${uri}.dockerignore`];
  let ignoreFile: string | undefined;
  let ignores: (path: string) => boolean = () => false;
  for (const candidate of candidates) {
    const content = await host.readText(candidate);
    if (content === undefined) continue;
    ignoreFile = candidate;
    ignores = ignoredBy(content);
    break;
  }
  return {
    uri,
    ignoreFile,
    ignores,
    async list(path) {
      const clean = path.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
      const at =
        clean === '' ? uri : `${uri}${clean.split('/').map(encodeURIComponent).join('/')}/`;
      const entries = await host.listFolder(at);
      return entries.filter(({ name }) => !ignores(clean === '' ? name : `${clean}/${name}`));
    },
  };
}

/** A pattern that BuildKit refuses fails the build there; here nothing is ignored then. */
function ignoredBy(content: string): (path: string) => boolean {
  let matcher: IgnoreMatcher | undefined;
  return (path) => {
    try {
      matcher ??= new IgnoreMatcher(ignorePatterns(content));
      return matcher.ignores(path);
    } catch {
      return false;
    }
  };
}
