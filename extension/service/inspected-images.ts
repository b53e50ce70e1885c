/** Images that were looked into layer by layer; the last few stay for questions about their layers. */
import { randomUUID } from 'node:crypto';
import { ChangeTree } from '../engine/files/change-tree';
import type { InspectedImage } from '../engine/image-files/image';
import { reportOf } from '../engine/image-files/image-report';
import {
  inspectArchive,
  inspectLayer,
  inspectReference,
} from '../engine/image-files/inspect-image';
import { stackLayers, type StackedImage } from '../engine/image-files/layer-changes';
import { BuildFailure } from '../engine/input/build-input';
import { parsePlatform } from '../engine/layers/layer-build';
import { changedEntry } from './layers';
import type { OpenLayers } from './open-layers';
import type { ChangesLevel, ImageToInspect, InspectedImageBody } from './protocol';

/** A large one is some tens of megabytes. */
const kept = 3;

type Kept = { readonly stacked: StackedImage; readonly trees: Map<number, ChangeTree> };

export class InspectedImages {
  /** In order of use, the longest unused first. */
  private readonly images = new Map<string, Kept>();

  constructor(
    private readonly open: OpenLayers,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @throws BuildFailure, ConnectError, BuildkitError, RegistryError, EngineError, TarError */
  async inspect(wanted: ImageToInspect, signal: AbortSignal): Promise<InspectedImageBody> {
    const image = await this.read(wanted, signal);
    const stacked = stackLayers(image.layers);
    const id = randomUUID();
    this.keep(id, { stacked, trees: new Map() });
    return { id, report: reportOf(image, stacked) };
  }

  /** @throws BuildFailure for one that is not kept any more */
  changesIn(params: {
    readonly id: string;
    readonly layer: number;
    readonly path: string;
  }): ChangesLevel {
    const image = this.images.get(params.id);
    if (image === undefined) {
      throw new BuildFailure('Too many images were looked into since; inspect this one again.');
    }
    this.keep(params.id, image);
    const changes = image.stacked.changes[params.layer] ?? [];
    const tree = image.trees.get(params.layer) ?? new ChangeTree(changes);
    image.trees.set(params.layer, tree);
    return { entries: (tree.list(params.path) ?? []).map(changedEntry), partial: false };
  }

  private keep(id: string, image: Kept): void {
    this.images.delete(id);
    this.images.set(id, image);
    for (const old of [...this.images.keys()].slice(0, -kept)) this.images.delete(old);
  }

  private read(wanted: ImageToInspect, signal: AbortSignal): Promise<InspectedImage> {
    if (wanted.kind === 'archive') return inspectArchive(wanted.path);
    const { layer: place, name } = wanted;
    return this.open.use(place, ({ build, layer }) => {
      const options = { connection: build.host.connection, env: this.env, signal };
      if (place.kind === 'image') {
        const platform = place.platform === undefined ? undefined : parsePlatform(place.platform);
        return inspectReference(place.reference, platform, options);
      }
      if (layer === undefined) throw new BuildFailure('This step begins with no files.');
      return inspectLayer(build, layer, name, options);
    });
  }
}
