/**
 * Paths of a build context that nobody has named yet. Which folder will be the context is the
 * build's choice, so the Dockerfile's own and those above it are candidates, the nearest first.
 */
import { BadPattern, goGlob } from '../proto/patterns/go-glob';

/** How many folders from the Dockerfile's own upwards may be the context. */
const levels = 6;

/** URIs with a slash at their end. @param own the Dockerfile's folder, of that form too */
export function* candidateFolders(own: string): Generator<string, void, undefined> {
  let folder = own;
  for (let level = 0; level < levels; level++) {
    yield folder;
    const above = new URL('..', folder).href;
    if (above === folder) return;
    folder = above;
  }
}

/** The parts of a path in the context; nothing leads out of it. */
export function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments;
}

/** What one part of a path stands for; a pattern that Go refuses fails the build, and here all is its. */
export function segmentMatcher(segment: string): (name: string) => boolean {
  if (!/[*?[\\]/.test(segment)) return (name) => name === segment;
  try {
    const expression = goGlob(segment);
    return (name) => expression.test(name);
  } catch (error) {
    if (!(error instanceof BadPattern)) throw error;
    return () => true;
  }
}
