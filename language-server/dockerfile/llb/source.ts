/** Source ops: images, local folders, git repositories, URLs. */
import type { Platform } from '../../../proto/model/op';
import { joinPath } from '../text/go';
import { goJson } from '../text/go-json';
import { caps, type Capability } from './capabilities';
import type { MarshalledVertex, MarshalContext, Output, Vertex, VertexInfo } from './vertex';

export class SourceVertex implements Vertex, Output {
  readonly vertex = this;
  marshalled?: MarshalledVertex;

  constructor(
    private readonly identifier: string,
    private readonly attrs: Readonly<Record<string, string>>,
    private readonly caps: readonly Capability[],
    readonly info: VertexInfo,
    private readonly platform?: Platform,
  ) {}

  inputs(): readonly Output[] {
    return [];
  }

  toOp(context: MarshalContext): ReturnType<Vertex['toOp']> {
    const { identifier, attrs } = this;
    const platformCounts = /^(?:docker-image|oci-layout):\/\//.test(identifier);
    return {
      op: {
        inputs: [],
        ...(platformCounts && { platform: this.platform ?? context.platform }),
        op: { kind: 'source', identifier, attrs },
      },
      caps: this.caps,
    };
  }
}

export type ResolveMode = 'default' | 'pull' | 'local';

/** `docker-image://…`; the reference is a full one. */
export function imageSource(
  reference: string,
  platform: Platform | undefined,
  mode: ResolveMode,
  info: VertexInfo,
): SourceVertex {
  const attrs = mode === 'default' ? {} : { 'image.resolvemode': mode };
  const needed: Capability[] = [caps.sourceImage];
  // The daemon need only know the mode where it matters for safety.
  if (mode === 'pull') needed.push(caps.sourceImageResolveMode);
  return new SourceVertex(`docker-image://${reference}`, attrs, needed, info, platform);
}

export type LocalOptions = {
  readonly session: string;
  readonly sharedKeyHint: string;
  readonly followPaths?: readonly string[];
  readonly excludePatterns?: readonly string[];
  /** Send every file anew instead of comparing. */
  readonly noDiffer?: boolean;
};

/** `local://NAME`: a folder of the client. */
export function localSource(name: string, options: LocalOptions, info: VertexInfo): SourceVertex {
  const attrs: Record<string, string> = {};
  const needed: Capability[] = [caps.sourceLocal];
  const set = (key: string, value: string, capability: Capability): void => {
    attrs[key] = value;
    needed.push(capability);
  };
  if (options.session !== '') {
    set('local.session', options.session, caps.sourceLocalSession);
  }
  const { followPaths = [], excludePatterns = [] } = options;
  if (followPaths.length > 0) {
    set('local.followpaths', goJson(followPaths), caps.sourceLocalFollowPaths);
  }
  if (excludePatterns.length > 0) {
    set('local.excludepatterns', goJson(excludePatterns), caps.sourceLocalExcludePatterns);
  }
  set('local.sharedkeyhint', options.sharedKeyHint, caps.sourceLocalSharedKeyHint);
  if (options.noDiffer === true) attrs['local.differ'] = 'none';
  return new SourceVertex(`local://${name}`, attrs, needed, info);
}

/** A URL; the file gets the given name. */
export function httpSource(
  url: string,
  filename: string,
  checksum: string,
  info: VertexInfo,
): SourceVertex {
  const attrs: Record<string, string> = { 'http.filename': filename };
  const needed: Capability[] = [caps.sourceHttp];
  if (checksum !== '') {
    attrs['http.checksum'] = checksum;
    needed.push(caps.sourceHttpChecksum);
  }
  return new SourceVertex(url, attrs, needed, info);
}

export type GitSource = {
  /** The URL for git itself, without ref and folder. */
  readonly remote: string;
  readonly host: string;
  readonly path: string;
  /** Over SSH the daemon mounts the client's agent. */
  readonly ssh: boolean;
  /** Lines of `known_hosts`, where they are known. */
  readonly knownHosts: string;
  readonly ref: string;
  readonly subdir: string;
  readonly keepGitDir: boolean;
  readonly checksum: string;
  readonly skipSubmodules: boolean;
  readonly mtime: string;
  readonly fetchByCommit: boolean;
};

/** `git://host/path#ref:folder`: one identifier whatever the protocol. */
export function gitSource(source: GitSource, info: VertexInfo): SourceVertex {
  const { ref, subdir } = source;
  let id = source.host + joinPath('/', source.path);
  if (ref !== '' || subdir !== '') id += `#${ref}${subdir === '' ? '' : `:${subdir}`}`;
  const attrs: Record<string, string> = {
    'git.authtokensecret': 'GIT_AUTH_TOKEN',
    'git.authheadersecret': 'GIT_AUTH_HEADER',
  };
  const needed: Capability[] = [caps.sourceGit];
  const set = (key: string, value: string, capability: Capability): void => {
    if (value === '') return;
    attrs[key] = value;
    needed.push(capability);
  };
  set('git.keepgitdir', source.keepGitDir ? 'true' : '', caps.sourceGitKeepDir);
  set('git.fullurl', source.remote, caps.sourceGitFullUrl);
  if (source.ssh) {
    if (source.knownHosts !== '') attrs['git.knownsshhosts'] = source.knownHosts;
    needed.push(caps.sourceGitKnownSshHosts);
    set('git.mountsshsock', 'default', caps.sourceGitMountSshSock);
  }
  set('git.checksum', source.checksum, caps.sourceGitChecksum);
  set('git.skipsubmodules', source.skipSubmodules ? 'true' : '', caps.sourceGitSkipSubmodules);
  set('git.mtime', source.mtime, caps.sourceGitMTime);
  set('git.fetchbycommit', source.fetchByCommit ? 'true' : '', caps.sourceGitFetchByCommit);
  return new SourceVertex(`git://${id}`, attrs, needed, info);
}

/** `oci-layout://…`: an image in a store of the client. */
export function ociLayoutSource(
  reference: string,
  session: string,
  store: string,
  platform: Platform | undefined,
  info: VertexInfo,
): SourceVertex {
  const attrs: Record<string, string> = {};
  if (session !== '') attrs['oci.session'] = session;
  if (store !== '') attrs['oci.store'] = store;
  const needed = [caps.sourceOciLayout];
  return new SourceVertex(`oci-layout://${reference}`, attrs, needed, info, platform);
}
