/** A git repository as a build context. */
import { gitSource } from '../llb/source';
import { newState, type State } from '../llb/state';
import { named, type VertexInfo } from '../llb/vertex';
import type { CompileOptions } from './options';
import { parseGitReference, type GitReference } from '../names/git-reference';

/** Host keys of SSH servers by host, as far as they are known. */
type HostKeys = CompileOptions['sshHostKeys'];

export type GitContextOptions = {
  readonly hostKeys: HostKeys;
  readonly keepGitDir?: boolean;
  /** Give files the time of the commit, for reproducible builds. */
  readonly commitTimes?: boolean;
};

/**
 * The state of a git context; undefined when the text is no git source.
 * @throws GitReferenceError for a git URL with a bad query.
 */
export function gitContext(text: string, options: GitContextOptions): State | undefined {
  const reference = parseGitReference(text);
  if (reference === undefined) return undefined;
  const info = named(`[internal] load git source ${text}`);
  const mtime = reference.mtime === '' && options.commitTimes === true ? 'commit' : reference.mtime;
  const keepGitDir = reference.keepGitDir === true || options.keepGitDir === true;
  return newState(
    gitVertex({ ...reference, mtime }, { keepGitDir, hostKeys: options.hostKeys }, info),
  );
}

/** The source op of a git reference. */
export function gitVertex(
  reference: GitReference,
  options: {
    readonly keepGitDir: boolean;
    readonly checksum?: string;
    readonly hostKeys: HostKeys;
  },
  info: VertexInfo,
): ReturnType<typeof gitSource> {
  const { submodules, ref, subdir, host, path, mtime, fetchByCommit, looksLocal } = reference;
  return gitSource(
    {
      // A reference without a protocol is tried over https.
      remote: looksLocal ? `https://${reference.remote}` : reference.remote,
      host,
      path,
      ssh: reference.scheme === 'ssh',
      knownHosts: options.hostKeys?.[host] ?? '',
      ref,
      subdir,
      keepGitDir: options.keepGitDir,
      checksum: options.checksum ?? reference.checksum,
      skipSubmodules: submodules === false,
      mtime,
      fetchByCommit,
    },
    info,
  );
}
