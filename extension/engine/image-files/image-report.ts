/** What there is to say about an image's layers: sizes, what nobody can see any more, equal files. */
import { isRecord } from '../profile/decode';
import { efficiencyOf, type Efficiency } from './efficiency';
import type { ImageOrigin, InspectedImage } from './image';
import { stackLayers, type StackedImage } from './layer-changes';

export type LayerReport = {
  readonly digest?: string;
  readonly createdBy?: string;
  /** Bytes of files. */
  readonly size: number;
  /** Bytes as it is stored or sent, compressed or not; absent for a step that was compared. */
  readonly stored?: number;
  /** Entries that are no folders. */
  readonly files: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Bytes of it that later layers hide. */
  readonly hidden: number;
};

/** A path whose older versions take space and cannot be seen. */
export type WastedPath = {
  readonly path: string;
  /** Bytes of all versions that are hidden. */
  readonly bytes: number;
  readonly how: 'overwritten' | 'removed';
  /** Layers that hold hidden versions, and the one that hides the last. */
  readonly layers: readonly number[];
  readonly by: number;
};

/** Files of the same content that can all be seen. */
export type Duplicate = {
  /** Of one of them. Bytes. */
  readonly size: number;
  /** Of all but one. Bytes. */
  readonly bytes: number;
  readonly paths: readonly string[];
};

export type ImageReport = {
  readonly name: string;
  readonly origin: ImageOrigin;
  readonly layers: readonly LayerReport[];
  /** Bytes of files in all layers. */
  readonly size: number;
  /** Bytes of files that can be seen. */
  readonly visible: number;
  readonly files: number;
  /** By dive's definition. */
  readonly dive: Efficiency;
  /** Bytes that later layers hide. */
  readonly wasted: number;
  /** The largest first. */
  readonly wastedPaths: readonly WastedPath[];
  /** Bytes that equal files take beyond the first of each. */
  readonly duplicated: number;
  /** The largest first. */
  readonly duplicates: readonly Duplicate[];
  /** How a container of it starts. */
  readonly config: Readonly<Record<string, unknown>>;
};

/** Lists are cut to so many; the sums are of all. */
const longestList = 200;

export function reportOf(image: InspectedImage, stacked: StackedImage = stackLayers(image.layers)) {
  const { hidden, files, changes } = stacked;
  const duplicates = duplicatesOf(stacked);
  const visible = [...files.values()].filter(({ kind }) => kind !== 'directory');
  const hasArchives = image.origin !== 'steps' && image.origin !== 'files';
  const layers = image.layers.map((layer, index): LayerReport => {
    const count = (kind: string): number =>
      (changes[index] ?? []).filter(({ change }) => change === kind).length;
    return {
      ...(layer.digest === undefined ? {} : { digest: layer.digest }),
      ...(layer.createdBy === undefined ? {} : { createdBy: layer.createdBy }),
      size: layer.size,
      ...(hasArchives ? { stored: layer.stored } : {}),
      files: layer.files.filter(({ kind }) => kind !== 'directory').length,
      added: count('added'),
      changed: count('changed'),
      removed: count('removed'),
      hidden: sum(hidden.filter((file) => file.layer === index).map(({ size }) => size)),
    };
  });
  const report: ImageReport = {
    name: image.name,
    origin: image.origin,
    layers,
    size: sum(layers.map(({ size }) => size)),
    visible: sum(visible.map(({ size, hardLink }) => (hardLink === undefined ? size : 0))),
    files: visible.length,
    dive: efficiencyOf(image.layers),
    wasted: sum(hidden.map(({ size }) => size)),
    wastedPaths: wastedPaths(stacked).slice(0, longestList),
    duplicated: sum(duplicates.map(({ bytes }) => bytes)),
    duplicates: duplicates.slice(0, longestList),
    config: runConfig(image.config),
  };
  return report;
}

function wastedPaths({ hidden }: StackedImage): readonly WastedPath[] {
  const paths = new Map<string, WastedPath>();
  for (const { path, size, layer, by, how } of hidden) {
    const known = paths.get(path);
    paths.set(path, {
      path,
      bytes: (known?.bytes ?? 0) + size,
      how,
      layers: [...(known?.layers ?? []), layer],
      by,
    });
  }
  return [...paths.values()].sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
}

function duplicatesOf({ files }: StackedImage): readonly Duplicate[] {
  const byContent = new Map<string, { size: number; paths: string[] }>();
  for (const { path, size, hash } of files.values()) {
    if (hash === undefined) continue;
    const known = byContent.get(`${size} ${hash}`);
    if (known === undefined) byContent.set(`${size} ${hash}`, { size, paths: [path] });
    else known.paths.push(path);
  }
  return [...byContent.values()]
    .filter(({ paths }) => paths.length > 1)
    .map(({ size, paths }) => ({ size, bytes: size * (paths.length - 1), paths: paths.sort() }))
    .sort((a, b) => b.bytes - a.bytes || ((a.paths[0] ?? '') < (b.paths[0] ?? '') ? -1 : 1));
}

/** The part of an image config that says how it runs, and what it is for. */
function runConfig(config: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(config)) return {};
  const { os, architecture, variant, created, author, config: run } = config;
  const about = { os, architecture, variant, created, author };
  return {
    ...Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined)),
    ...(isRecord(run) ? run : {}),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
