/** What all exec ops of a closure have in common: Nix's sandbox, and nothing that varies by machine. */
import type { ExecOp, NetMode } from '../../../proto/model/op';
import { BUSYBOX } from '../runner/tools';
import type { MountList } from './mount-list';

/** The capabilities that {@link sandboxExec} needs of a builder. */
export const EXEC_CAPS = [
  'exec.meta.base',
  'exec.meta.network',
  'exec.mount.bind',
  'exec.mount.selector',
] as const;

export type SandboxExec = {
  /** What the sandbox's shell is given: a script's path and its arguments, or `-c` and a text. */
  readonly script: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly mounts: MountList;
  /** Default: none, as in Nix. */
  readonly network?: NetMode;
};

export function sandboxExec({ script, env, cwd, user, mounts, network }: SandboxExec): ExecOp {
  return {
    kind: 'exec',
    meta: {
      args: [BUSYBOX, 'sh', ...script],
      env,
      cwd,
      user,
      extraHosts: [],
      hostname: 'localhost',
      ulimits: [],
      cgroupParent: '',
      removeMountStubsRecursive: false,
      validExitCodes: [],
    },
    mounts: mounts.mounts,
    network: network ?? 'none',
    security: 'sandbox',
    secretEnv: [],
    cdiDevices: [],
  };
}
