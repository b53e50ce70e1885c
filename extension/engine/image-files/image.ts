/** An image as it was looked into: its layers with all their files, and its config. */
import { isRecord } from '../profile/decode';
import type { ScannedLayer } from './layer-scan';

export type ImageLayer = ScannedLayer & {
  /** Of the layer as it is stored: `sha256:…`. Absent for a step of a build that was never exported. */
  readonly digest?: string;
  /** The instruction that made it, as the image's history or the build has it. */
  readonly createdBy?: string;
};

/** Where the layers came from, and so what the figures are of. */
export type ImageOrigin =
  /** What the builder exports. */
  | 'builder'
  /** The images of a Docker Engine. */
  | 'docker'
  | 'registry'
  /** A file that `docker save` or an exporter wrote. */
  | 'archive'
  /** The steps of a build, compared one after the other. */
  | 'steps'
  /** The files as the builder mounts them, where nobody gives out single layers: one layer in all. */
  | 'files';

export type InspectedImage = {
  readonly name: string;
  readonly origin: ImageOrigin;
  /** The image config as JSON; absent for steps of a build. */
  readonly config?: unknown;
  /** The lowest first. */
  readonly layers: readonly ImageLayer[];
};

/** Instructions of the history that made a layer, in the layers' order. */
export function layerHistory(config: unknown): readonly string[] {
  const history = isRecord(config) ? config['history'] : undefined;
  if (!Array.isArray(history)) return [];
  const entries: readonly unknown[] = history;
  return entries.flatMap((entry) => {
    if (!isRecord(entry) || entry['empty_layer'] === true) return [];
    const { created_by: createdBy, comment } = entry;
    if (typeof createdBy === 'string') return [createdBy];
    return [typeof comment === 'string' ? comment : ''];
  });
}

/** The layers with the instructions that the config names for them. */
export function withHistory(layers: readonly ImageLayer[], config: unknown): readonly ImageLayer[] {
  const history = layerHistory(config);
  // A history of another length belongs to other layers (squashed ones, say).
  if (history.length !== layers.length) return layers;
  return layers.map((layer, index) => {
    const createdBy = history[index] ?? '';
    return createdBy === '' ? layer : { ...layer, createdBy };
  });
}
