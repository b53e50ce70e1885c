/** The image of a closure that has been built: its runtime closure in layers, and its config. */
import {
  isRefused,
  layersOf,
  textOf,
  type ByteString,
  type StagedCompiler,
} from '../../../../language-server/derivation';
import type { Definition } from '../../../../proto/model/definition';
import type { Platform } from '../../../../proto/model/op';
import { BuildFailure } from '../../input/build-input';
import { imageConfigJson, type ImageConfig } from './image-config';

export type ImageSpec = {
  readonly config: ImageConfig;
  /** Layers in all, the one with links included. */
  readonly layers: number;
  /** Whether what the installables hold is linked into `/`. */
  readonly links: boolean;
  /** Whether it is copied in place of that. */
  readonly copies: boolean;
  /** Store paths that go in as they are. */
  readonly paths: readonly ByteString[];
  /** The outputs that go in, of derivations where not all do. */
  readonly outputs: ReadonlyMap<ByteString, readonly ByteString[]>;
};

/** As many as Docker takes without trouble; nixpkgs has the same default. */
export const DEFAULT_LAYERS = 100;

/** Which outputs of a derivation go in. */
export function wantedOf({ outputs }: Pick<ImageSpec, 'outputs'>) {
  return (drv: ByteString, output: ByteString): boolean =>
    outputs.get(drv)?.includes(output) ?? true;
}

/**
 * @param compiler all of whose derivations have been reported on
 * @throws BuildFailure when something is in the way of building it
 */
export function imageOf(
  compiler: StagedCompiler,
  spec: ImageSpec,
  platform: Platform,
): { readonly definition: Definition; readonly metadata: ReadonlyMap<string, Uint8Array> } {
  const [error] = compiler.problems.filter(isRefused);
  if (error !== undefined) throw new BuildFailure(`${textOf(error.drv)}: ${error.message}`);
  const { roots, paths } = compiler.runtimeClosure(spec.paths, wantedOf(spec));
  const inRoot = !spec.links ? 0 : spec.copies ? roots.length : 1;
  const most = Math.max(1, spec.layers - inRoot);
  const byPath = new Map(paths.map((each) => [each.path, each]));
  const layers = layersOf(paths, roots, most).map((layer) =>
    layer.flatMap((path) => byPath.get(path) ?? []),
  );
  const linked = spec.links ? roots.flatMap((path) => byPath.get(path) ?? []) : [];
  const metadata = new Map([['containerimage.config', imageConfigJson(spec.config, platform)]]);
  return { definition: compiler.image({ layers, linked, copied: spec.copies }), metadata };
}
