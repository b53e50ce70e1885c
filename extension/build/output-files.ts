/** Which files in `dist/` belong to a build; what else lies there is left from an earlier one. */
import type { Metafile } from 'esbuild';
import { copies } from './bundles';

/**
 * The files that a build may have written, relative to the repository and in order.
 * @param dev whether source maps lie beside the scripts: esbuild does not know of those that are
 *   written with the split bundles
 */
export function outputFiles(
  metafiles: readonly Pick<Metafile, 'outputs'>[],
  dev: boolean,
): string[] {
  const bundled = metafiles.flatMap(({ outputs }) => Object.keys(outputs));
  const maps = dev ? bundled.map((path) => `${path}.map`) : [];
  const own = ['THIRD-PARTY-NOTICES.txt', ...copies.map(({ output }) => output)];
  return [...new Set([...bundled, ...maps, ...own.map((name) => `dist/${name}`)])].sort();
}
