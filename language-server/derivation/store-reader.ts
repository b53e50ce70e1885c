/** What the derivation core asks of a store: interfaces only, so that the core does no I/O. */
import type { ByteString } from './byte-string';

/** Paths are store paths as derivations write them; where the files really lie is the reader's matter. */
export type StoreReader = {
  /** The bytes of a `.drv` file, or undefined when the store has none at this path. Rejects on I/O errors. */
  readDerivation(path: ByteString, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /**
   * What a source mentions of the store, itself left out, or undefined when the store has no such
   * path. A `.drv` lists only the sources it names, yet those may refer to others that the builder
   * then needs too.
   */
  sourceReferences(
    path: ByteString,
    signal?: AbortSignal,
  ): Promise<readonly ByteString[] | undefined>;
};
