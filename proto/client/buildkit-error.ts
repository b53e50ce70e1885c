/**
 * What BuildKit says when a call fails: the gRPC code and message, and BuildKit's typed details.
 *
 * Details travel in the trailer `grpc-status-details-bin` as google.rpc.Status. BuildKit's own are
 * JSON inside `Any` (type url ending in `+json`); the same types as plain protobuf are read too.
 * Types that nobody here asks for (Go stacks) are passed over.
 */
import * as errdefs from '../generated/errdefs';
import * as gateway from '../generated/gateway';
import { Status, type Any } from '../generated/status';
import type { SourceRange } from '../model/definition';
import { isDigest, type Digest } from '../model/digest';
import type { Op } from '../model/op';
import { opFromPb, rangesFromPb } from '../model/unmarshal';
import { WireError } from '../wire/reader';
import type { MessageType } from '../wire/message';
import { GrpcFailure } from './grpc/grpc-failure';
import { StatusCode } from './grpc/status-code';

/** A failed op, as the gateway reports it (Control.Solve never carries this). */
export type SolveDetail = {
  /** Results of the op's inputs; containers can mount them. */
  readonly inputIds: readonly string[];
  /**
   * Parallel to the exec op's mounts: the state each mount was left in. Empty for mounts without a
   * result (cache, tmpfs, secret). Usable as `resultId` of container mounts only.
   */
  readonly mountIds: readonly string[];
  readonly op?: Op;
  /** Which action of a file op failed, or which input's cache key could not be computed. */
  readonly subject?: { readonly kind: 'file' | 'cache'; readonly index: number };
  readonly description: Readonly<Record<string, string>>;
};

/** A place in a source text that BuildKit blames; one range for each line of an instruction. */
export type SourceDetail = {
  readonly filename: string;
  readonly language: string;
  readonly data: Uint8Array;
  readonly ranges: readonly SourceRange[];
};

export type ErrorDetails = {
  readonly solve?: SolveDetail;
  /** Innermost first. */
  readonly sources: readonly SourceDetail[];
  /** The failed vertex. */
  readonly vertex?: Digest;
  /** The exit code of the process that failed. */
  readonly exit?: { readonly code: number; readonly message: string };
  /** The frontend that failed, e.g. `dockerfile.v0`. */
  readonly frontend?: { readonly name: string; readonly source: string };
  /** A subrequest the frontend does not know. */
  readonly subrequest?: string;
  /** A capability the frontend lacks. */
  readonly frontendCap?: string;
};

export class BuildkitError extends Error {
  override readonly name = 'BuildkitError';

  constructor(
    /** A gRPC status code, see {@link Code}. */
    readonly code: number,
    message: string,
    readonly details: ErrorDetails = { sources: [] },
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The gRPC codes that callers tell apart. */
export const Code: Readonly<
  Record<'cancelled' | 'unknown' | 'notFound' | 'unimplemented' | 'unavailable', number>
> = StatusCode;

/** True for a call that was given up, by us or by the daemon. */
export function isCancelled(error: unknown): boolean {
  return error instanceof BuildkitError && error.code === Code.cancelled;
}

/** True for a path that is not there; BuildKit has no code for it, only the system's words. */
export function isMissingFile(error: unknown): boolean {
  return error instanceof BuildkitError && error.message.includes('no such file or directory');
}

/** Sorts whatever a call was rejected with. */
export function buildkitErrorOf(error: unknown): BuildkitError {
  if (error instanceof BuildkitError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof GrpcFailure)) return new BuildkitError(Code.unknown, message);
  const options = { cause: error };
  return new BuildkitError(error.code, message, trailerDetails(error.details), options);
}

/** A failure that BuildKit kept, such as that of a build in its history. */
export function errorOfStatus({ code, message, details }: Status): BuildkitError {
  return new BuildkitError(code, message, decodeDetails(details));
}

function trailerDetails(trailer: Uint8Array | undefined): ErrorDetails {
  if (trailer === undefined) return { sources: [] };
  try {
    return decodeDetails(Status.decode(trailer).details);
  } catch (error) {
    // The details only enrich: an error whose details are garbled is still that error.
    if (error instanceof WireError) return { sources: [] };
    throw error;
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Collected = Writable<Omit<ErrorDetails, 'sources'>> & { sources: SourceDetail[] };

/** By the last part of the type url, without `+json`. */
const readers: Readonly<Record<string, (any: Any, found: Collected) => void>> = {
  'errdefs.Solve': (any, found) => {
    found.solve = solveDetail(valueOf(any, errdefs.Solve));
  },
  'errdefs.Source': (any, found) => {
    const { info, ranges } = valueOf(any, errdefs.Source);
    found.sources.push({
      filename: info?.filename ?? '',
      language: info?.language ?? '',
      data: info?.data ?? new Uint8Array(),
      ranges: rangesFromPb(ranges),
    });
  },
  'errdefs.Vertex': (any, found) => {
    const { digest } = valueOf(any, errdefs.Vertex);
    if (isDigest(digest)) found.vertex = digest;
  },
  'errdefs.Frontend': (any, found) => {
    const { name, source } = valueOf(any, errdefs.Frontend);
    found.frontend = { name, source };
  },
  'errdefs.Subrequest': (any, found) => {
    found.subrequest = valueOf(any, errdefs.Subrequest).name;
  },
  'errdefs.FrontendCap': (any, found) => {
    found.frontendCap = valueOf(any, errdefs.FrontendCap).name;
  },
  'gatewayapi.ExitMessage': (any, found) => {
    const { code, error } = valueOf(any, gateway.ExitMessage);
    found.exit = { code, message: error?.message ?? '' };
  },
};

function decodeDetails(details: readonly Any[]): ErrorDetails {
  const found: Collected = { sources: [] };
  for (const any of details) {
    const name = any.typeUrl.replace(/\+json$/, '').replace(/^.*\//, '');
    // Plain protobuf uses the proto package's name for the gateway's types.
    readers[name.replace(/^moby\.buildkit\.v1\.frontend\./, 'gatewayapi.')]?.(any, found);
  }
  return found;
}

function valueOf<T extends object>({ typeUrl, value }: Any, type: MessageType<T>): T {
  if (!typeUrl.endsWith('+json')) return type.decode(value);
  try {
    return type.fromJson(JSON.parse(new TextDecoder().decode(value)));
  } catch (error) {
    throw new WireError(`${typeUrl}: ${String(error)}`);
  }
}

function solveDetail(solve: errdefs.Solve): SolveDetail {
  const subject = solve.file
    ? ({ kind: 'file', index: Number(solve.file.index) } as const)
    : solve.cache && ({ kind: 'cache', index: Number(solve.cache.index) } as const);
  return {
    inputIds: solve.inputIds,
    mountIds: solve.mountIds,
    ...(solve.op && { op: opFromPb(solve.op) }),
    ...(subject && { subject }),
    description: Object.fromEntries(solve.description),
  };
}
