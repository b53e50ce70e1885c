/** What the compiler gives back. */
import type { Definition } from '../../../proto/model/definition';
import type { Digest } from '../../../proto/model/digest';
import type { Platform } from '../../../proto/model/op';
import type { LintWarning } from '../lint/warning';
import type { InstructionContent } from '../parser/chunk';
import type { Lines, Span } from '../text/span';

/** An error as BuildKit reports it. */
export type BuildError = {
  readonly message: string;
  /** BuildKit's places, innermost first; an entry may be undefined: a place without lines. */
  readonly locations: readonly (Lines | undefined)[];
  /** The exact place, where it is known. */
  readonly span?: Span;
};

/** Something this compiler does not do: it says so and never guesses. */
export type Unsupported = {
  readonly feature: string;
  readonly message: string;
  readonly lines?: Lines;
  readonly span?: Span;
};

/** Where an op comes from in the Dockerfile. */
export type OpOrigin = {
  /** The stage: `id` is stable while stages keep their names, `name` is for showing. */
  readonly group?: { readonly id: string; readonly name: string };
  /** Index into the tree's instructions. */
  readonly instruction?: number;
  readonly span?: Span;
  /** See {@link PlatformResult.uncertain}. */
  readonly uncertain: boolean;
};

/** What is known of an op's origin without a look at the rest of the file. */
export type ContentOrigin = {
  readonly stage?: { readonly id: string; readonly name: string };
  readonly instruction?: InstructionContent | undefined;
};

export type OutlineItem = {
  readonly name: string;
  readonly value?: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly lines?: Lines;
};
export type Outline = {
  readonly name: string;
  readonly description: string;
  readonly args: readonly OutlineItem[];
  readonly secrets: readonly OutlineItem[];
  readonly ssh: readonly OutlineItem[];
};

export type Target = {
  readonly name: string;
  readonly description: string;
  readonly base: string;
  readonly platform: string;
  readonly default: boolean;
  readonly lines: Lines;
};

export type PlatformResult = {
  /** `linux/arm64` in a multi-platform build, else empty. */
  readonly id: string;
  /** The platform that was asked for, normalized; BuildKit's default without a request. */
  readonly requested: Platform;
  readonly platform: Platform;
  readonly definition: Definition;
  readonly origins: ReadonlyMap<Digest, OpOrigin>;
  /** A part of `origins` that costs nothing; `at` counts the definition's ops. */
  readonly contents: {
    get(digest: Digest): ContentOrigin | undefined;
    at(place: number): ContentOrigin | undefined;
  };
  /** The ops that rest on something guessed or unknown: a builder may give them other digests. */
  readonly uncertain: { has(digest: Digest): boolean; readonly flags: Uint8Array };
  /** The image config exactly as BuildKit writes it. */
  readonly imageConfigBytes: Uint8Array;
  readonly baseImageConfigBytes?: Uint8Array;
  /** SOURCE_DATE_EPOCH in seconds, where the build has one. */
  readonly epoch?: bigint;
};

export type ImageRequest = {
  /** A full reference. */
  readonly ref: string;
  /** As BuildKit writes it, e.g. `linux/arm/v7`. */
  readonly platform: string;
  /** `default`, `pull`, `local`, or `oci-layout:` and the store's name. */
  readonly mode: string;
  /** What a build's progress calls it. */
  readonly logName: string;
};

/** What the frontend asks of the builder before the build. */
export type FrontendRequests = {
  readonly images: readonly ImageRequest[];
  /** Each read by a solve of its own: the Dockerfile, ignore files, a dated archive. */
  readonly loads: readonly Definition[];
};

export type CompileResult = {
  /** Empty after an error, except that `partial` says what could still be compiled. */
  readonly results: readonly PlatformResult[];
  readonly warnings: readonly LintWarning[];
  /** The one that BuildKit reports. */
  readonly error?: BuildError;
  /** In recovery: what BuildKit would meet after it. */
  readonly laterErrors?: readonly BuildError[];
  readonly unsupported: readonly Unsupported[];
  /**
   * In recovery: the graph without what is broken (see `failures.ts`). Its target is the one that
   * was asked for, or the last stage that is not lost.
   */
  readonly partial?: PlatformResult;
  /** The frontend image that BuildKit would hand this file to (`# syntax=`). */
  readonly forward?: { readonly ref: string; readonly cmdline: string };
  /** Absent where not even the options could be read. */
  readonly requests?: () => FrontendRequests;
};
