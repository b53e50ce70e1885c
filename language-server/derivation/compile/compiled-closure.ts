/** What the compiler is given besides a closure, and what it makes of it. */
import type { GraphGroup } from '../../../proto/model/build-graph';
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { Platform } from '../../../proto/model/op';
import type { ByteString } from '../byte-string';
import type { Substitution } from '../cache/substitution';
import type { ClosureDiagnostic } from '../diagnostic';
import type { ShellImage, ToolsFolder } from '../sandbox/skeleton';
import type { LocalFolder } from './local-source';
import type { Scope } from './scope';

export type CompileOptions = {
  /**
   * The live session that serves the sources. Without one they come from whichever session the build
   * has, and equal closures make equal ops in every build.
   */
  readonly sessionId?: string;
  /** What the runner's tools and the sandbox's `/bin/sh` come from. */
  readonly shell: ShellImage | ToolsFolder;
  /** Platforms of the builder, its own first. Default: linux/amd64. */
  readonly platforms?: readonly Platform[];
  /** `NIX_BUILD_CORES`. Default: what the machine has, which is then no part of any cache key. */
  readonly cores?: number;
  /** Values for `impureEnvVars`, by name; others are empty. */
  readonly impureVariables?: Readonly<Record<string, string>>;
  /** Whose outputs the result holds. Default `roots`. */
  readonly wanted?: 'roots' | 'all';
  /** System features that the builder has besides Nix's usual ones. */
  readonly features?: readonly string[];
  /**
   * Where sources are read from: a directory of the session, and the folder in it that holds them
   * (empty, or with a slash before it). Default: {@link SOURCES_NAME} itself.
   */
  readonly sources?: { readonly name: string; readonly folder: string };
  /** The network of derivations that may use one. Default: the host's, which the builder must allow. */
  readonly fetchNetwork?: 'host' | 'unset';
  /** What binary caches have of the closure. Default: nothing, all is built. */
  readonly substitution?: Substitution;
  /** Whether the builder can merge layers; it then does so with very many inputs, else copies them. */
  readonly canMerge?: boolean;
};

/** The session directory that sources are read from. */
export const SOURCES_NAME = 'srcs';

export type CompiledOutput = {
  readonly drv: ByteString;
  readonly name: ByteString;
  readonly path: ByteString;
  /** The exec op that makes it, which of its outputs holds it, and where in that. */
  readonly digest: Digest;
  readonly index: number;
  readonly selector: string;
  /** What its builder could see of the store, and so what the output may refer to. */
  readonly scope: Scope;
};

export type CompiledClosure = {
  /** Absent when there is nothing to draw. */
  readonly definition?: Definition;
  readonly groups: ReadonlyMap<Digest, GraphGroup>;
  /** Outputs of the derivations asked for; the result holds each at its store path. */
  readonly outputs: readonly CompiledOutput[];
  /** Directories the session must serve: {@link SOURCES_NAME} is the folder of the store. */
  readonly locals: readonly LocalFolder[];
  /** What the build must be allowed: `network.host` for fixed-output derivations. */
  readonly entitlements: readonly string[];
  readonly problems: readonly ClosureDiagnostic[];
  /** The ops that fetch and unpack paths from binary caches, and which. */
  readonly substitutes: ReadonlyMap<Digest, ByteString>;
  /** False: not all of the definition can be built, for the reasons in `problems`. */
  readonly buildable: boolean;
  /**
   * False: some paths are known only once a part is built, so this is a drawing and the build goes in
   * stages; see `StagedCompiler`.
   */
  readonly complete: boolean;
};

const role = (id: string, name: string): GraphGroup => ({ id, name, kind: 'role' });
/** The parts of a derivation's graph. */
export const ROLES = {
  sandbox: role('sandbox', 'sandbox'),
  sources: role('sources', 'sources'),
  derivations: role('derivations', 'derivations'),
  outputs: role('outputs', 'outputs'),
} as const;
