/**
 * BuildKit's LLB operations as strict values (pb.Op and what hangs below it).
 *
 * Field meanings and numbers follow BuildKit's `solver/pb/ops.proto`. 64-bit integers that LLB uses
 * for indices and sizes fit a JavaScript number; timestamps are nanoseconds since the epoch or -1
 * and are bigint, because they pass 2^53.
 */
import type { Digest } from './digest';

/** pb.Platform; empty parts are absent on the wire. */
export type Platform = {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
};

/** An edge of the DAG: output `index` of the op named by `digest`. */
export type OpInput = { readonly digest: Digest; readonly index: number };

/** `-1`: no input (scratch) or no output. */
export const NONE = -1;

export type NetMode = 'unset' | 'host' | 'none';
export type SecurityMode = 'sandbox' | 'insecure';
export type MountType = 'bind' | 'secret' | 'ssh' | 'cache' | 'tmpfs';
export type CacheSharing = 'shared' | 'private' | 'locked';

export type SecretOrSshOptions = {
  readonly id: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly optional: boolean;
};

export type Mount = {
  /** Index into the op's inputs, or {@link NONE} for scratch. */
  readonly input: number;
  readonly selector: string;
  readonly dest: string;
  /** Index of the op's output that this mount becomes, or {@link NONE}. */
  readonly output: number;
  readonly readonly: boolean;
  readonly type: MountType;
  readonly tmpfs?: { readonly size: number };
  readonly cache?: { readonly id: string; readonly sharing: CacheSharing };
  readonly secret?: SecretOrSshOptions;
  readonly ssh?: SecretOrSshOptions;
};

export type ExecMeta = {
  readonly args: readonly string[];
  /** `NAME=value`, in the order that BuildKit hashes. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly proxyEnv?: {
    readonly httpProxy: string;
    readonly httpsProxy: string;
    readonly ftpProxy: string;
    readonly noProxy: string;
    readonly allProxy: string;
  };
  readonly extraHosts: readonly { readonly host: string; readonly ip: string }[];
  readonly hostname: string;
  readonly ulimits: readonly {
    readonly name: string;
    readonly soft: number;
    readonly hard: number;
  }[];
  readonly cgroupParent: string;
  readonly removeMountStubsRecursive: boolean;
  readonly validExitCodes: readonly number[];
};

export type ExecOp = {
  readonly kind: 'exec';
  readonly meta: ExecMeta;
  readonly mounts: readonly Mount[];
  readonly network: NetMode;
  readonly security: SecurityMode;
  readonly secretEnv: readonly {
    readonly id: string;
    readonly name: string;
    readonly optional: boolean;
  }[];
  readonly cdiDevices: readonly { readonly name: string; readonly optional: boolean }[];
};

export type SourceOp = {
  readonly kind: 'source';
  /** `docker-image://`, `local://`, `git://`, `http(s)://`, `oci-layout://` … */
  readonly identifier: string;
  readonly attrs: Readonly<Record<string, string>>;
};

/** A user or group: by name (looked up in the files of input `input`) or by number. */
export type UserRef =
  | { readonly by: 'name'; readonly name: string; readonly input: number }
  | { readonly by: 'id'; readonly id: number };
export type Owner = { readonly user?: UserRef; readonly group?: UserRef };

export type FileActionKind =
  | {
      readonly action: 'copy';
      readonly src: string;
      readonly dest: string;
      readonly owner?: Owner;
      /** Permission bits, or -1 to keep the source's. */
      readonly mode: number;
      readonly modeStr: string;
      readonly followSymlink: boolean;
      readonly dirCopyContents: boolean;
      readonly attemptUnpack: boolean;
      readonly createDestPath: boolean;
      readonly allowWildcard: boolean;
      readonly allowEmptyWildcard: boolean;
      readonly timestamp: bigint;
      readonly includePatterns: readonly string[];
      readonly excludePatterns: readonly string[];
      readonly alwaysReplaceExistingDestPaths: boolean;
      readonly requiredPaths: readonly string[];
    }
  | {
      readonly action: 'mkfile';
      readonly path: string;
      readonly mode: number;
      readonly data: Uint8Array;
      readonly owner?: Owner;
      readonly timestamp: bigint;
    }
  | {
      readonly action: 'mkdir';
      readonly path: string;
      readonly mode: number;
      readonly makeParents: boolean;
      readonly owner?: Owner;
      readonly timestamp: bigint;
    }
  | {
      readonly action: 'rm';
      readonly path: string;
      readonly allowNotFound: boolean;
      readonly allowWildcard: boolean;
    }
  | {
      readonly action: 'symlink';
      readonly oldPath: string;
      readonly newPath: string;
      readonly owner?: Owner;
      readonly timestamp: bigint;
    };

/** One step of a file op; inputs past the op's own inputs name outputs of earlier actions. */
export type FileAction = FileActionKind & {
  readonly input: number;
  readonly secondaryInput: number;
  readonly output: number;
};

export type FileOp = { readonly kind: 'file'; readonly actions: readonly FileAction[] };
export type MergeOp = { readonly kind: 'merge'; readonly inputs: readonly number[] };
export type DiffOp = { readonly kind: 'diff'; readonly lower: number; readonly upper: number };
export type BuildOp = { readonly kind: 'build'; readonly attrs: Readonly<Record<string, string>> };
/** An op with inputs only: the last of every definition, which points at the result. */
export type TerminalOp = { readonly kind: 'terminal' };
/** A kind of op that this version does not know; its bytes are kept by the definition. */
export type UnknownOp = { readonly kind: 'unknown' };

export type OpKind =
  ExecOp | SourceOp | FileOp | MergeOp | DiffOp | BuildOp | TerminalOp | UnknownOp;

/** A whole pb.Op: what it reads, what it does, and for which platform. */
export type Op = {
  readonly inputs: readonly OpInput[];
  readonly platform?: Platform;
  readonly op: OpKind;
};
