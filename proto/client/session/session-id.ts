/** Session ids: 25 characters of base 36, as BuildKit's own clients make them. */
import { randomBytes } from 'node:crypto';

const length = 25;

/**
 * Unique among live sessions. All ids have one length, so that an op's bytes keep theirs when the
 * id inside is replaced.
 */
export function newSessionId(): string {
  const number = BigInt(`0x${randomBytes(17).toString('hex')}`);
  return number.toString(36).padStart(length, '0').slice(-length);
}
