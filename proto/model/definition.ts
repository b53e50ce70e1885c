/**
 * pb.Definition as a value: the ops of a build, each with its raw bytes.
 *
 * Bytes are what counts. They are kept as they came and never encoded again, because other
 * encoders order fields differently and an op's digest is the sha256 of exactly these bytes.
 */
import type { Digest } from './digest';
import type { Op } from './op';

/** A position in a source text; lines count from 1 and characters from 0, as BuildKit counts. */
export type Position = { readonly line: number; readonly character: number };
/** A half-open piece of a source; BuildKit's whole-line ranges have both characters 0. */
export type SourceRange = { readonly start: Position; readonly end: Position };

/** The places an op comes from: ranges inside `sources[sourceIndex]`. */
export type SourceLocation = {
  readonly sourceIndex: number;
  readonly ranges: readonly SourceRange[];
};

/** pb.SourceInfo: one source text of a definition. */
export type SourceInfo = {
  readonly filename: string;
  readonly language: string;
  readonly data: Uint8Array;
  /** The definition that loads the file, where the frontend recorded it. */
  readonly definition?: Definition;
};

export type ProgressGroup = { readonly id: string; readonly name: string; readonly weak: boolean };

/** pb.LinuxResources: limits of an exec; memory in bytes, periods and quotas in microseconds. */
export type LinuxResources = {
  readonly memory?: bigint;
  readonly memorySwap?: bigint;
  readonly cpuShares?: bigint;
  readonly cpuPeriod?: bigint;
  readonly cpuQuota?: bigint;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
};

/** pb.OpMetadata: what is said about an op outside its digest. */
export type OpMetadata = {
  readonly ignoreCache: boolean;
  /** `llb.customname`, `com.docker.dockerfile.v1.command` … */
  readonly description: Readonly<Record<string, string>>;
  readonly exportCache?: boolean;
  readonly caps: readonly string[];
  readonly progressGroup?: ProgressGroup;
  readonly linuxResources?: LinuxResources;
};

/** What is said about an op besides its bytes. */
export type OpNotes = {
  readonly metadata: OpMetadata;
  readonly locations: readonly SourceLocation[];
};

export type DefinitionOp = {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly op: Op;
  /**
   * The op's part of the definition's `metadata` and `locations`, where its maker keeps it here too.
   * Such an op that is met again in a later definition has not changed in any way.
   */
  readonly notes?: OpNotes;
};

/** Ops in definition order (inputs before their users); the terminal op, if any, is last. */
export type Definition = {
  readonly ops: readonly DefinitionOp[];
  readonly metadata: ReadonlyMap<Digest, OpMetadata>;
  readonly locations: ReadonlyMap<Digest, readonly SourceLocation[]>;
  readonly sources: readonly SourceInfo[];
  /** What its maker knows of how it differs from the one that was made before it. */
  readonly edit?: DefinitionEdit;
};

/**
 * How a definition differs from an earlier one of the same shape: what is at a place then has the
 * ops at the same places as its inputs now.
 */
export type DefinitionEdit = {
  /** Stand for this definition and for the earlier one, which are not held by it. */
  readonly version: object;
  readonly before: object | undefined;
  /** The places of all ops that are other objects than they were, in order. */
  readonly places: readonly number[];
};
