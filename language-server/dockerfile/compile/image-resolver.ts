/**
 * Where image metadata comes from. The compiler asks; files, registries and daemons answer
 * outside this folder.
 */
import type { Platform } from '../../../proto/model/op';
import type { SourceResolver } from './source-resolver';

export type ImageQuery = {
  readonly platform: Platform;
  readonly mode: 'default' | 'pull' | 'local';
  /** What BuildKit's frontend calls the question in a build's progress. */
  readonly logName?: string;
  /** The client's OCI layout that holds the image; absent for an image of a registry. */
  readonly store?: string;
};

/** `[internal] load metadata for …`, as BuildKit's frontend names it. */
export function metadataLogName(ref: string, prefix = 'internal'): string {
  return `[${prefix}] load metadata for ${ref}`;
}

/** Who said what an image is. */
export type ImageVia = 'builder' | 'registry' | 'guess';

export type ResolvedImage = {
  /** The reference to use; usually the one asked for. */
  readonly ref: string;
  /** The digest of the manifest or index, absent when the source does not know one. */
  readonly digest?: string;
  /** The image config's JSON. */
  readonly config: Uint8Array;
  /** Bytes of its layers as a registry keeps them, compressed; absent where nobody told. */
  readonly size?: number;
  /** Bytes that it takes on the builder's disk, unpacked; absent where the builder has not got it. */
  readonly onDisk?: number;
  /** True for a guess made offline: digests of ops that depend on it are not to be trusted. */
  readonly uncertain: boolean;
  /** Absent where nobody will ask, e.g. for a fixed table. */
  readonly via?: ImageVia;
  /** When it was said, in milliseconds since the epoch; absent for an answer of just now. */
  readonly stored?: number;
};

export interface ImageResolver {
  /**
   * Resolves a full reference (`docker.io/library/alpine:3.20`).
   * Rejects with an Error whose message is what BuildKit would say.
   */
  resolve(ref: string, query: ImageQuery): Promise<ResolvedImage>;
  /** Absent where nobody can be asked; the compiler then says what it leaves out. */
  readonly sources?: SourceResolver;
}
