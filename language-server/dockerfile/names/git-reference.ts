/** Git sources as BuildKit writes them: URLs ending in `.git`, `git@host:path`, `#ref:folder`. */
import { cut, joinPath, parseBool, quote } from '../text/go';
import { parseGoUrl, parseQuery } from './go-url';

export type GitReference = {
  /** What git itself gets. */
  readonly remote: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly ref: string;
  readonly subdir: string;
  readonly checksum: string;
  readonly keepGitDir?: boolean;
  readonly submodules?: boolean;
  readonly mtime: string;
  readonly fetchByCommit: boolean;
  /** `github.com/…` could as well be a folder; only a build context may be written so. */
  readonly looksLocal: boolean;
};

/** A text that is a git source, but a wrong one. */
export class GitReferenceError extends Error {
  override readonly name = 'GitReferenceError';
}

type Remote = Pick<GitReference, 'remote' | 'scheme' | 'host' | 'path'> & {
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly fragment: string;
};

const protocols = new Set(['http', 'https', 'ssh', 'git']);
const scpStyle = /^([a-zA-Z0-9\-_]+)@([a-zA-Z0-9\-.]+):([^\n]*?)(?:\?([^\n]*?))?(?:#([^\n]*))?$/;

/**
 * Reads a git source; undefined when the text is none.
 * @throws {GitReferenceError} for a git URL with a bad query.
 */
export function parseGitReference(text: string): GitReference | undefined {
  if (text.startsWith('./') || text.startsWith('../')) return undefined;
  const looksLocal = text.startsWith('github.com/');
  const remote = parseRemote(looksLocal ? `https://${text}` : text);
  if (remote === undefined) return undefined;
  const isWeb = remote.scheme === 'http' || remote.scheme === 'https';
  if (!looksLocal && isWeb && !remote.path.endsWith('.git')) return undefined;
  const [ref, folder] = cut(remote.fragment, ':');
  const draft: Draft = {
    remote: looksLocal ? cut(remote.remote, '://')[1] : remote.remote,
    scheme: remote.scheme,
    host: remote.host,
    path: remote.path,
    ref,
    subdir: remote.fragment === '' ? '' : joinPath('/', folder).slice(1),
    checksum: '',
    mtime: '',
    fetchByCommit: false,
    looksLocal,
  };
  readQuery(draft, remote.query);
  return draft;
}

function parseRemote(text: string): Remote | undefined {
  const protocol = /^([a-zA-Z0-9]+):\/\//.exec(text)?.[1];
  if (protocol !== undefined) {
    if (!protocols.has(protocol.toLowerCase())) return undefined;
    try {
      const url = parseGoUrl(text);
      return { ...url, remote: url.bare };
    } catch {
      return undefined; // Not a URL, so not a git source.
    }
  }
  const match = scpStyle.exec(text);
  if (match === null) return undefined;
  const [, user = '', host = '', path = '', query = '', fragment = ''] = match;
  return {
    remote: `${user}@${host}:${path}`,
    scheme: 'ssh',
    host,
    path,
    query: parseQuery(query),
    fragment,
  };
}

type Draft = { -readonly [Key in keyof GitReference]: GitReference[Key] };
type QueryReader = (draft: Draft, value: string) => void;

const valueless = new Set(['submodules', 'keep-git-dir', 'fetch-by-commit']);

const queryReaders: ReadonlyMap<string, QueryReader> = new Map<string, QueryReader>([
  ['ref', (draft, value) => setOnce(draft, 'ref', value)],
  ['subdir', (draft, value) => setOnce(draft, 'subdir', value)],
  ['checksum', (draft, value) => (draft.checksum = value)],
  ['commit', (draft, value) => (draft.checksum = value)],
  ['keep-git-dir', (draft, value) => (draft.keepGitDir = bool('keep-git-dir', value))],
  ['submodules', (draft, value) => (draft.submodules = bool('submodules', value))],
  ['fetch-by-commit', (draft, value) => (draft.fetchByCommit = bool('fetch-by-commit', value))],
  [
    'mtime',
    (draft, value) => {
      if (value !== 'checkout' && value !== 'commit') {
        throw new GitReferenceError(
          `invalid mtime value: ${quote(value)} (must be "checkout" or "commit")`,
        );
      }
      draft.mtime = value;
    },
  ],
]);

function readQuery(draft: Draft, query: ReadonlyMap<string, readonly string[]>): void {
  let tag = '';
  let branch = '';
  for (const [key, values] of query) {
    const [value = ''] = values;
    if (values.length > 1) {
      throw new GitReferenceError(`query ${quote(key)} has multiple values`);
    }
    if (value === '' && !valueless.has(key)) {
      throw new GitReferenceError(`query ${quote(key)} has no value`);
    }
    if (key === 'tag') tag = value;
    else if (key === 'branch') branch = value;
    else {
      const read = queryReaders.get(key);
      if (read === undefined) throw new GitReferenceError(`unexpected query ${quote(key)}`);
      read(draft, value);
    }
  }
  if (tag !== '') setOnce(draft, 'ref', prefixed('refs/tags/', tag));
  if (branch !== '') {
    if (tag !== '') throw new GitReferenceError('branch conflicts with tag');
    setOnce(draft, 'ref', prefixed('refs/heads/', branch));
  }
}

function prefixed(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name : prefix + name;
}

function setOnce(draft: Draft, key: 'ref' | 'subdir', value: string): void {
  if (draft[key] !== '' && draft[key] !== value) {
    throw new GitReferenceError(`${key} conflicts: ${quote(draft[key])} vs ${quote(value)}`);
  }
  draft[key] = value;
}

function bool(key: string, value: string): boolean {
  const parsed = value === '' ? true : parseBool(value);
  if (parsed === undefined) throw new GitReferenceError(`invalid ${key} value: ${quote(value)}`);
  return parsed;
}
