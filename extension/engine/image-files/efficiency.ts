/**
 * How much of an image's layers is of use, by dive's definition, so that figures compare.
 *
 * For each path that is a leaf of some layer's own tree: the sum of its sizes in all layers, and the
 * least of them. The efficiency is the sum of the least over the sum of all. A removed file counts as
 * size 0 there, a removed folder as everything that was below it. Wasted is every path that comes
 * twice or more, with all its sizes: more than what is hidden, since the last size can still be seen.
 */
import { posix } from 'node:path';
import type { ScannedLayer } from './layer-scan';
import { PathTree } from './path-tree';

export type Efficiency = {
  /** 0 to 1. */
  readonly efficiency: number;
  /** Bytes. */
  readonly wasted: number;
  /** `wasted` over the bytes of all layers but the first; dive's `wastedUserPercent`. */
  readonly wastedOfUser: number;
};

type Path = { least: number; sum: number; times: number };

export function efficiencyOf(layers: readonly ScannedLayer[]): Efficiency {
  const paths = new Map<string, Path>();
  const count = (path: string, size: number): void => {
    const known = paths.get(path);
    if (known === undefined) paths.set(path, { least: size, sum: size, times: 1 });
    else {
      known.least = Math.min(known.least, size);
      known.sum += size;
      known.times++;
    }
  };
  const sizes = new PathTree<number>();
  for (const { files, removed } of layers) {
    // A mark of removal stands in its folder like a file.
    const folders = foldersOf([...files.map(({ path }) => path), ...removed]);
    for (const path of removed) {
      // A removed file's own size is in the sum already.
      count(path, sum(sizes.takeBelow(path)));
      sizes.delete(path);
    }
    for (const { path, size } of files) {
      if (!folders.has(path)) count(path, size);
      sizes.set(path, size);
    }
  }
  const all = [...paths.values()];
  const every = sum(all.map((path) => path.sum));
  const wasted = sum(all.map((path) => (path.times > 1 ? path.sum : 0)));
  const user = sum(layers.slice(1).map(({ size }) => size));
  return {
    efficiency: every === 0 ? 1 : sum(all.map(({ least }) => least)) / every,
    wasted,
    wastedOfUser: user === 0 ? 0 : wasted / user,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function foldersOf(paths: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let at = posix.dirname(path); !folders.has(at); at = posix.dirname(at)) {
      folders.add(at);
      if (at === '/') break;
    }
  }
  return folders;
}
