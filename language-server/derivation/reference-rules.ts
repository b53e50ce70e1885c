/** What the outputs of a derivation may mention: `allowedReferences` and `disallowedReferences`. */
import type { ByteString } from './byte-string';
import { environmentValue, type Derivation } from './derivation';
import { words } from './environment';
import { parseStorePath } from './store-path';

export type ReferenceRules = {
  /** Store paths; undefined: all are allowed. */
  readonly allowed: readonly ByteString[] | undefined;
  readonly denied: readonly ByteString[];
};

/** The store path a word of these variables means: itself, or that of the output so named. */
export function referenceOf(derivation: Derivation, word: ByteString): ByteString | undefined {
  if (parseStorePath(word) !== undefined) return word;
  return derivation.outputs.find((output) => output.name === word)?.path;
}

/** The rules of a derivation; words that mean nothing are left out (and reported elsewhere). */
export function referenceRules(derivation: Derivation): ReferenceRules {
  const paths = (name: ByteString): ByteString[] =>
    words(environmentValue(derivation, name)).flatMap(
      (word) => referenceOf(derivation, word) ?? [],
    );
  const limited = environmentValue(derivation, 'allowedReferences') !== undefined;
  return {
    allowed: limited ? paths('allowedReferences') : undefined,
    denied: paths('disallowedReferences'),
  };
}
