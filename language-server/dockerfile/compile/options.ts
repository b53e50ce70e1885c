/**
 * What a build is told besides its Dockerfile: BuildKit's frontend attributes in a readable shape.
 *
 * The keys are those of the conformance `options.json`; every one is optional.
 */

/** A frontend input: an image with optional commands on top, and the config that comes with it. */
export type FrontendInput = {
  readonly image: string;
  readonly run?: readonly string[];
  /** An image config (JSON value) handed over as the input's metadata. */
  readonly config?: unknown;
};

/** What is known of a remote source (for SOURCE_DATE_EPOCH), by its identifier. */
export type SourceMetadata = {
  /** Seconds since the epoch. */
  readonly httpLastModified?: number;
  readonly gitCommitTime?: number;
  /** The modification times of the regular files of a tar archive behind a URL. */
  readonly tarMtimes?: readonly number[];
};

export type CompileOptions = {
  /** The frontend's release channel; `labs` knows `RUN --device`. Default `mainline`. */
  readonly channel?: 'mainline' | 'labs';
  /** BuildKit's release (`0.25`) whose frontend is followed; default: the newest. */
  readonly frontendRelease?: string | undefined;
  /** The Dockerfile's name relative to its local source. Default `Dockerfile`. */
  readonly filename?: string;
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Target platforms, e.g. `linux/arm64`; none means the build platform. */
  readonly platforms?: readonly string[];
  /** The worker's platforms; the first is BUILDPLATFORM. Default `linux/amd64`. */
  readonly buildPlatforms?: readonly string[];
  /** Named contexts: name → `docker-image://…`, `local:…`, a git or http URL, `oci-layout://…`. */
  readonly contexts?: Readonly<Record<string, string>>;
  /** A remote main context (git or http URL). */
  readonly contextUrl?: string;
  readonly contextSubdir?: string;
  /** The http main context turned out to be an archive. */
  readonly contextArchive?: boolean;
  /** Bytes. */
  readonly shmSize?: number;
  /** `name=soft[:hard]`. */
  readonly ulimits?: readonly string[];
  /** `host=ip`. */
  readonly extraHosts?: readonly string[];
  readonly networkMode?: string;
  readonly cgroupParent?: string;
  readonly hostname?: string;
  /** True for all stages, or the names of the stages. */
  readonly noCache?: boolean | readonly string[];
  readonly multiPlatform?: boolean;
  readonly imageResolveMode?: string;
  /** `memory`, `memswap`, `cpushares`, `cpuperiod`, `cpuquota`, `cpusetcpus`, `cpusetmems`. */
  readonly resources?: Readonly<Record<string, string>>;
  /** The content of `.dockerignore` in the context. */
  readonly dockerignore?: string;
  /** The content of `<Dockerfile>.dockerignore`; it replaces `.dockerignore`. */
  readonly dockerfileIgnore?: string;
  /** `.dockerignore` contents of local named contexts, by local name. */
  readonly localIgnore?: Readonly<Record<string, string>>;
  readonly inputs?: Readonly<Record<string, FrontendInput>>;
  /** Known metadata of remote sources, by source identifier. */
  readonly sourceMeta?: Readonly<Record<string, SourceMetadata>>;
  /** Host keys of SSH servers by host, as lines of `known_hosts`; empty where a server gives none. */
  readonly sshHostKeys?: Readonly<Record<string, string>>;
  /** The session id that local sources name. Default: a fixed 25 characters of zeros. */
  readonly session?: string;
  /** LLB capabilities that the daemon lacks, e.g. `mergeop` on graph drivers. */
  readonly disableCaps?: readonly string[];
  /** More frontend attributes, verbatim. */
  readonly frontendOpts?: Readonly<Record<string, string>>;
  /**
   * Why the frontend image that a file asks for (`# syntax=`) cannot be used; such a file then
   * fails. Without it the file is compiled here, whatever frontend it names.
   */
  readonly forwardError?: string;
  /** Recover after an error and go on with the rest of the file, for editors; see `failures.ts`. */
  readonly partial?: boolean;
};

/** Equal in length to BuildKit's session ids, so that neutral digests need no re-encoding. */
export const neutralSession = '0'.repeat(25);
