/** Finds files of a listing by name or path. */
import { type Listing } from './listing';

export type FoundFiles = {
  /** Indices, in the listing's order. */
  readonly found: readonly number[];
  /** How many there are, beyond those given too. */
  readonly count: number;
};

/**
 * @param pattern a part of the path; or with `*`, `?` or `**`, a pattern for the whole name, or for
 *   the path's end where it has a slash. Small letters match both, a capital only itself.
 * @param limit so many are given; all are counted
 */
export function searchFiles(listing: Listing, pattern: string, limit: number): FoundFiles {
  const matches = matcher(pattern);
  const found: number[] = [];
  let count = 0;
  for (let index = 0; index < listing.count; index++) {
    if (!matches(listing, index)) continue;
    count++;
    if (found.length < limit) found.push(index);
  }
  return { found, count };
}

type Matches = (listing: Listing, index: number) => boolean;

function matcher(pattern: string): Matches {
  const isExact = pattern !== pattern.toLowerCase();
  const inCase = (text: string): string => (isExact ? text : text.toLowerCase());
  const usesPath = pattern.includes('/');
  const subject = (listing: Listing, index: number): string =>
    inCase(usesPath ? listing.path(index) : listing.name(index));
  if (!/[*?]/.test(pattern)) {
    return (listing, index) => subject(listing, index).includes(pattern);
  }
  const expression = new RegExp(`${usesPath ? '/' : '^'}${globSource(pattern)}$`, 's');
  return (listing, index) => expression.test(subject(listing, index));
}

const wildcards: Readonly<Record<string, string>> = { '**': '.*', '*': '[^/]*', '?': '[^/]' };

/** A leading slash is the beginning's own. */
function globSource(pattern: string): string {
  return pattern
    .replace(/^\//, '')
    .split(/(\*\*|\*|\?)/)
    .map((part) => wildcards[part] ?? part.replace(/[\\^$.|+()[\]{}]/g, '\\$&'))
    .join('');
}
