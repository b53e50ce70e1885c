// What the environment offers, as plain data that goes into a file and through a variable.
import { isRecord } from './json';

export interface BuildkitDescription {
  /** `containerd` and `graph` for the two provisioned daemons, `given` for one that was found. */
  readonly name: string;
  /** What a client dials: Docker's endpoint (`unix:///…/docker.sock`) or a buildkitd's address. */
  readonly address: string;
  /** Which of the two `address` is. */
  readonly kind: 'docker' | 'buildkitd';
  /** A plain buildkitd address of the same BuildKit (as for BUILDKIT_HOST), where there is one. */
  readonly buildkitHost: string | undefined;
  readonly store: 'containerd' | 'graph' | 'unknown';
  /** `bridge`: RUN works with the default network. `none`: it needs `--network=none` or `host`. */
  readonly network: 'bridge' | 'none';
  readonly version: string;
}

export interface Daemons {
  readonly buildkits: readonly BuildkitDescription[];
  /** `http://127.0.0.1:PORT` of the provisioned registry; anything may be pushed to it. */
  readonly registry: string | undefined;
  /** Images that FROM finds without the internet, with their digests: `alpine:3.20` → `sha256:…`. */
  readonly images: Readonly<Record<string, string>>;
  /** Folder of scripts that run the private root's programs (`docker`, `nix`, …). */
  readonly bin: string | undefined;
  /** The private root, seen from outside. */
  readonly root: string | undefined;
  /** Versions of what runs, for the log. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Variables under which our programs, and Docker's, choose this BuildKit. */
export function variablesFor({ kind, address }: BuildkitDescription): NodeJS.ProcessEnv {
  return kind === 'docker' ? { DOCKER_HOST: address } : { BUILDKIT_HOST: address };
}

/** Variables that choose one BuildKit (the first by default) and put the provisioned programs first in PATH. */
export function programEnvironment(
  daemons: Daemons | undefined,
  buildkit: BuildkitDescription | undefined = daemons?.buildkits[0],
): NodeJS.ProcessEnv {
  const path = process.env['PATH'] ?? '';
  return {
    PATH: daemons?.bin === undefined ? path : `${daemons.bin}:${path}`,
    ...(buildkit === undefined ? {} : variablesFor(buildkit)),
  };
}

/** The state file: the daemons, and the process that keeps them. */
export interface RunningState {
  readonly keeper: string;
  readonly daemons: Daemons;
}

export function parseState(text: string): RunningState | undefined {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value) || typeof value['keeper'] !== 'string' || !isDaemons(value['daemons']))
    return undefined;
  return { keeper: value['keeper'], daemons: value['daemons'] };
}

export function isDaemons(value: unknown): value is Daemons {
  return (
    isRecord(value) &&
    Array.isArray(value['buildkits']) &&
    value['buildkits'].every(isBuildkit) &&
    isRecord(value['images']) &&
    isRecord(value['versions']) &&
    ['registry', 'bin', 'root'].every((key) => isOptionalText(value[key]))
  );
}

export function isBuildkit(value: unknown): value is BuildkitDescription {
  return (
    isRecord(value) &&
    ['name', 'address', 'version'].every((key) => typeof value[key] === 'string') &&
    (value['kind'] === 'docker' || value['kind'] === 'buildkitd') &&
    isOptionalText(value['buildkitHost']) &&
    (value['store'] === 'containerd' ||
      value['store'] === 'graph' ||
      value['store'] === 'unknown') &&
    (value['network'] === 'bridge' || value['network'] === 'none')
  );
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
