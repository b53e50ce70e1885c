/**
 * The config of an image made from store paths. Names and meanings are those of an OCI image config,
 * which Nixpkgs' dockerTools passes on too.
 */
import { platformName } from './platform-name';
import type { Platform } from '../../../../proto/model/op';

export type ImageConfig = {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** `NAME=value`. */
  readonly env?: readonly string[];
  readonly workingDir?: string;
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** `80/tcp`. */
  readonly exposedPorts?: readonly string[];
  readonly volumes?: readonly string[];
  readonly stopSignal?: string;
};

/** Every image says the same time, so that equal contents make equal images. */
const CREATED = '1970-01-01T00:00:01Z';
const DEFAULT_PATH = 'PATH=/bin:/sbin:/usr/bin:/usr/sbin';

/** The JSON that BuildKit's exporters take under `containerimage.config`. */
export function imageConfigJson(config: ImageConfig, platform: Platform): Uint8Array {
  const env = config.env ?? [];
  const set = (names: readonly string[] | undefined) =>
    names === undefined || names.length === 0
      ? undefined
      : Object.fromEntries(names.map((name) => [name, {}]));
  const value = {
    ...platformName(platform),
    created: CREATED,
    config: {
      Env: env.some((each) => each.startsWith('PATH=')) ? env : [DEFAULT_PATH, ...env],
      Entrypoint: config.entrypoint,
      Cmd: config.cmd,
      WorkingDir: config.workingDir,
      User: config.user,
      Labels: config.labels,
      ExposedPorts: set(config.exposedPorts),
      Volumes: set(config.volumes),
      StopSignal: config.stopSignal,
    },
    rootfs: { type: 'layers', diff_ids: [] },
  };
  return new TextEncoder().encode(JSON.stringify(value));
}
