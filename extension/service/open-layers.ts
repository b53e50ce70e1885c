/** The builds and images whose layers are looked into, kept open while they are of use. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Connection } from '../../proto/client/connect';
import { parseDigest } from '../../proto/model/digest';
import { BuildFailure } from '../engine/input/build-input';
import type { Layer } from '../engine/layers/layer';
import { LayerBuild, parsePlatform } from '../engine/layers/layer-build';
import { parseProfile } from '../engine/profile/profile';
import type { Builders } from './builders';
import type { LayerPlace } from './protocol';

/** Jobs kept open at once; the longest unused one goes first. */
const mostBuilds = 4;

export type OpenedLayer = { readonly build: LayerBuild; readonly layer: Layer | undefined };

export class OpenLayers {
  /** In order of use, the longest unused first. */
  private readonly builds = new Map<string, Promise<LayerBuild>>();

  constructor(
    private readonly builders: Builders,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /**
   * @param work gets the layer; undefined stands for no files at all, before a step that has no root
   * @throws BuildFailure, ProfileError, ConnectError, BuildkitError
   */
  async use<T>(place: LayerPlace, work: (opened: OpenedLayer) => Promise<T>): Promise<T> {
    return this.builders.use(place.builder, async (connection) => {
      const build = await this.build(place, connection);
      return build.host.job.use(() => work({ build, layer: layerAt(build, place) }));
    });
  }

  async close(): Promise<void> {
    const open = [...this.builds.values()];
    this.builds.clear();
    await Promise.all(open.map(closed));
  }

  private async build(place: LayerPlace, connection: Connection): Promise<LayerBuild> {
    const key = keyOf(place);
    const known = this.builds.get(key);
    this.builds.delete(key);
    const open =
      known !== undefined && !(await isOver(known)) ? known : this.open(place, connection);
    this.builds.set(key, open);
    for (const [old, build] of this.builds) {
      if (this.builds.size <= mostBuilds) break;
      this.builds.delete(old);
      void closed(build);
    }
    try {
      return await open;
    } catch (error) {
      if (this.builds.get(key) === open) this.builds.delete(key);
      throw error;
    }
  }

  private open(place: LayerPlace, connection: Connection): Promise<LayerBuild> {
    if (place.kind === 'image') {
      const { reference, platform } = place;
      return LayerBuild.ofImage(connection, this.env, {
        reference,
        platform: platform === undefined ? undefined : parsePlatform(platform),
      });
    }
    const { source } = place;
    const profile = parseProfile(place.profile);
    const named = profile.file !== undefined || profile.derivation !== undefined;
    return LayerBuild.ofFile(connection, this.env, {
      profile: named ? profile : { ...profile, file: source.path },
      cwd: dirname(source.path),
      text: source.text,
    });
  }
}

function layerAt(build: LayerBuild, place: LayerPlace): Layer | undefined {
  if (place.kind === 'image') return build.result();
  const node = parseDigest(place.node);
  if (node === undefined) throw new BuildFailure(`${place.node} names no step.`);
  const layer = build.layerOf(node);
  return place.before === true ? layer.before : layer;
}

/** Everything that decides what is built. */
function keyOf(place: LayerPlace): string {
  const { builder = '' } = place;
  const what =
    place.kind === 'image'
      ? [builder, place.reference, place.platform]
      : [builder, place.source.path, place.source.text, place.profile];
  return createHash('sha256').update(JSON.stringify(what)).digest('hex');
}

async function isOver(build: Promise<LayerBuild>): Promise<boolean> {
  try {
    return (await build).isOver;
  } catch {
    return true;
  }
}

async function closed(build: Promise<LayerBuild>): Promise<void> {
  await build.then(
    (one) => one.close(),
    // One that never opened has nothing to close.
    () => undefined,
  );
}
