/**
 * Store paths as image layers. Popular paths get layers of their own, so that images which share them
 * share these layers byte for byte; the rest goes into the last one.
 *
 * Popularity as Nixpkgs' dockerTools counts it: in how many ways a path is reached from the roots
 * through references, with ties broken by the path.
 */
import type { ByteString } from '../byte-string';

/** A path of the image with what it refers to, itself left out. */
export type LayeredPath = { readonly path: ByteString; readonly references: readonly ByteString[] };

/**
 * Paths by layer, those of the most popular ones first.
 * @param most layers, at least 1
 */
export function layersOf(
  paths: readonly LayeredPath[],
  roots: readonly ByteString[],
  most: number,
): ByteString[][] {
  const popularity = popularityOf(paths, roots);
  const sorted = paths
    .map(({ path }) => path)
    .sort((left, right) => {
      const [a, b] = [popularity.get(left) ?? 0n, popularity.get(right) ?? 0n];
      return a === b ? (left < right ? -1 : 1) : a > b ? -1 : 1;
    });
  const single = sorted.slice(0, Math.max(0, most - 1)).map((path) => [path]);
  const rest = sorted.slice(single.length).sort();
  return rest.length === 0 ? single : [...single, rest];
}

/** Counts ways, which grow exponentially with depth. Circles count once. */
export function popularityOf(
  paths: readonly LayeredPath[],
  roots: readonly ByteString[],
): ReadonlyMap<ByteString, bigint> {
  const byPath = new Map(paths.map((each) => [each.path, each]));
  const counts = new Map<ByteString, bigint>(roots.map((root) => [root, 1n]));
  for (const path of usersFirst(byPath, roots)) {
    const count = counts.get(path) ?? 0n;
    for (const reference of byPath.get(path)?.references ?? []) {
      if (reference !== path) counts.set(reference, (counts.get(reference) ?? 0n) + count);
    }
  }
  return counts;
}

/** Every path after all that refer to it. */
function usersFirst(
  byPath: ReadonlyMap<ByteString, LayeredPath>,
  roots: readonly ByteString[],
): ByteString[] {
  const order: ByteString[] = [];
  const seen = new Set<ByteString>();
  for (const root of roots) {
    const stack: { readonly path: ByteString; next: number }[] = [];
    const enter = (path: ByteString): void => {
      if (seen.has(path)) return;
      seen.add(path);
      stack.push({ path, next: 0 });
    };
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const reference = byPath.get(top.path)?.references[top.next];
      top.next += 1;
      if (reference !== undefined) enter(reference);
      else {
        order.push(top.path);
        stack.pop();
      }
    }
  }
  return order.reverse();
}
