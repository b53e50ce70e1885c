/** Installables as a build input whose result is an image: their runtime closure in layers. */
import { basename, dirname, join } from 'node:path';
import type { OpenedClosure } from '../../../../language-server/server/store-reader';
import type { DefineContext, DefinedBuild } from '../../input/build-input';
import { DerivationInput } from '../derivation-input';
import { isTooLarge } from '../nested-definition';
import type { ResolvedProfile } from '../../profile/profile';
import { imageOf, wantedOf, type ImageSpec } from './image-of';

export class ImageInput extends DerivationInput {
  constructor(
    profile: ResolvedProfile,
    path: string,
    opened: OpenedClosure,
    env: NodeJS.ProcessEnv,
    private readonly spec: ImageSpec,
    text = new Uint8Array(0),
  ) {
    super(profile, path, text, opened, env);
  }

  /** What is built lies in the store, wherever the document is. */
  override pathOfSource(filename: string): string | undefined {
    const [store = dirname(this.path)] = this.opened.folders;
    return join(store, basename(filename));
  }

  protected override wants() {
    const { outputs, paths } = this.spec;
    return { isWanted: wantedOf({ outputs }), paths };
  }

  override async define(context: DefineContext): Promise<DefinedBuild> {
    const { stages, platform } = await this.stages(context);
    const { spec } = this;
    return stages.realise(async (compiler) => {
      const { definition, metadata } = imageOf(compiler, spec, platform);
      const ref = await this.nested(definition, context, isTooLarge);
      const result = { id: '', definition, ...(ref === undefined ? {} : { ref, nested: true }) };
      return {
        results: [result],
        metadata,
        groups: compiler.result().groups,
        notes: this.takeNotes(),
      };
    });
  }
}
