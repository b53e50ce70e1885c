/**
 * The build profile: how a file is built. One JSON shape for launch attributes, the CLI's
 * `--options` and the graph request.
 */

/** Where a secret's value comes from; the value itself is never part of a profile. */
export type SecretSource =
  { readonly id: string; readonly file: string } | { readonly id: string; readonly env: string };

export type BuildProfile = {
  /** The Dockerfile or derivation, absolute or relative to the context's parent workspace. */
  readonly file?: string;
  /** Context directory; default: the file's folder. */
  readonly context?: string;
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  /** Named contexts: a directory, `docker-image://…`, … */
  readonly contexts?: Readonly<Record<string, string>>;
  readonly secrets?: readonly SecretSource[];
  /** `true`: run everything again; a list: only these stages. */
  readonly noCache?: boolean | readonly string[];
  readonly networkMode?: 'default' | 'none' | 'host';
  readonly extraHosts?: readonly string[];
  readonly hostname?: string;
  readonly shmSize?: string;
  readonly ulimits?: readonly string[];
  /** Limits of single steps as `--resource` writes them, e.g. `memory=2g`. */
  readonly resources?: readonly string[];
  readonly cgroupParent?: string;
  readonly imageResolveMode?: 'default' | 'pull' | 'local';
  /** The builder's address or buildx name; default: as `docker build` would choose. */
  readonly builder?: string;
  /** Exporters, as `--output` writes them, e.g. `type=local,dest=out`. */
  readonly outputs?: readonly string[];
  readonly tags?: readonly string[];
  /** As `--attest` writes them, e.g. `type=provenance,mode=max` or `type=sbom`. */
  readonly attests?: readonly string[];
  /** As `--annotation` writes them, e.g. `index:org.example.key=value`. */
  readonly annotations?: readonly string[];
  /** As `--cache-from` and `--cache-to` write them, e.g. `type=local,src=cache`. */
  readonly cacheFrom?: readonly string[];
  readonly cacheTo?: readonly string[];
  /** As `--ssh` writes them: `default`, `ID=SOCKET` or `ID=KEY,KEY`. */
  readonly ssh?: readonly string[];
  /** What BuildKit must allow, e.g. `network.host` or `security.insecure`. */
  readonly allow?: readonly string[];
  /** A JSON file that says which sources may be used. */
  readonly sourcePolicy?: string;
};
