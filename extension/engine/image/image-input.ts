/** Installables as a build input whose result is an image: their runtime closure in layers. */
import { layersOf, textOf, type ByteString } from '../../../language-server/derivation';
import type { OpenedClosure } from '../../../language-server/server/store-reader';
import type { DefineContext, DefinedBuild } from '../build-input';
import { BuildFailure } from '../build-input';
import { DerivationInput } from '../derivation-input';
import type { ResolvedProfile } from '../profile';
import { imageConfigJson, type ImageConfig } from './image-config';

export type ImageSpec = {
  readonly config: ImageConfig;
  /** Layers in all, the one with links included. */
  readonly layers: number;
  /** Whether what the installables hold is linked into `/`. */
  readonly links: boolean;
  /** Store paths that go in as they are. */
  readonly paths: readonly ByteString[];
  /** The outputs that go in, of derivations where not all do. */
  readonly outputs: ReadonlyMap<ByteString, readonly ByteString[]>;
};

/** As many as Docker takes without trouble; nixpkgs has the same default. */
export const DEFAULT_LAYERS = 100;

export class ImageInput extends DerivationInput {
  constructor(
    profile: ResolvedProfile,
    path: string,
    opened: OpenedClosure,
    env: NodeJS.ProcessEnv,
    private readonly spec: ImageSpec,
  ) {
    super(profile, path, new Uint8Array(0), opened, env);
  }

  protected override wants() {
    const { outputs, paths } = this.spec;
    const isWanted = (drv: ByteString, output: ByteString): boolean =>
      outputs.get(drv)?.includes(output) ?? true;
    return { isWanted, paths };
  }

  override async define(context: DefineContext): Promise<DefinedBuild> {
    const { stages, platform } = await this.stages(context);
    const { spec } = this;
    return stages.realise((compiler) => {
      const errors = compiler.problems.filter(({ severity }) => severity === 'error');
      if (errors[0] !== undefined) {
        throw new BuildFailure(`${textOf(errors[0].drv)}: ${errors[0].message}`);
      }
      const { roots, paths } = compiler.runtimeClosure(spec.paths, this.wants().isWanted);
      const most = Math.max(1, spec.layers - (spec.links ? 1 : 0));
      const byPath = new Map(paths.map((each) => [each.path, each]));
      const layers = layersOf(paths, roots, most).map((layer) =>
        layer.flatMap((path) => byPath.get(path) ?? []),
      );
      const linked = spec.links ? roots.flatMap((path) => byPath.get(path) ?? []) : [];
      const definition = compiler.image({ layers, linked });
      const metadata = new Map([['containerimage.config', imageConfigJson(spec.config, platform)]]);
      return Promise.resolve({
        results: [{ id: '', definition }],
        metadata,
        groups: compiler.result().groups,
        notes: [],
      });
    });
  }
}
