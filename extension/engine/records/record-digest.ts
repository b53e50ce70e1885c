/** A digest in a record. */
import { type Digest, parseDigest } from '../../../proto/model/digest';
import { type Decoder, DecodeError } from '../profile/decode';

export const digestText: Decoder<Digest> = (value, path) => {
  const digest = typeof value === 'string' ? parseDigest(value) : undefined;
  if (digest === undefined) throw new DecodeError(`"${path}" must be a digest`);
  return digest;
};
