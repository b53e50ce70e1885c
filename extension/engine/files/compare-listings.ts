/** Compares two whole trees in one pass over both. */
import { compareBytes } from '../../../proto/client/fsutil/walk';
import type { FileChange } from './changes';
import { type Listing, ROOT } from './listing';

/**
 * Every difference, sorted by path. An added or removed directory stands for everything below it,
 * whose totals it has.
 */
export function compareListings(before: Listing, after: Listing): readonly FileChange[] {
  const changes: FileChange[] = [];
  compareDirectories(before, ROOT, after, ROOT, '', changes);
  return changes;
}

function compareDirectories(
  before: Listing,
  oldDirectory: number,
  after: Listing,
  newDirectory: number,
  path: string,
  changes: FileChange[],
): void {
  let old = oldDirectory + 1;
  let young = newDirectory + 1;
  const oldEnd = before.end(oldDirectory);
  const youngEnd = after.end(newDirectory);
  while (old < oldEnd || young < youngEnd) {
    const order =
      old >= oldEnd
        ? 1
        : young >= youngEnd
          ? -1
          : compareBytes(before.name(old), after.name(young));
    if (order < 0) {
      changes.push(removed(before, old, path));
      old = before.end(old);
    } else if (order > 0) {
      changes.push(added(after, young, path));
      young = after.end(young);
    } else {
      compareEntries(before, old, after, young, path, changes);
      old = before.end(old);
      young = after.end(young);
    }
  }
}

function compareEntries(
  before: Listing,
  old: number,
  after: Listing,
  young: number,
  folder: string,
  changes: FileChange[],
): void {
  const path = `${folder}/${after.name(young)}`;
  const areDirectories = before.isDirectory(old) && after.isDirectory(young);
  if (!before.isSame(old, after, young)) {
    const isNew = after.isDirectory(young) && !areDirectories;
    changes.push({
      path,
      change: 'changed',
      before: before.entry(old),
      after: after.entry(young),
      ...(isNew ? { below: after.totals(young) } : {}),
    });
  }
  if (areDirectories) compareDirectories(before, old, after, young, path, changes);
}

function added(listing: Listing, index: number, folder: string): FileChange {
  const after = listing.entry(index);
  const below = listing.isDirectory(index) ? { below: listing.totals(index) } : {};
  return { path: `${folder}/${after.name}`, change: 'added', after, ...below };
}

function removed(listing: Listing, index: number, folder: string): FileChange {
  const before = listing.entry(index);
  const below = listing.isDirectory(index) ? { below: listing.totals(index) } : {};
  return { path: `${folder}/${before.name}`, change: 'removed', before, ...below };
}
