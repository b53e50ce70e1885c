/** What each layer of an image did to those below it, and what of it can still be seen. */
import { posix } from 'node:path';
import type { FileChange } from '../files/changes';
import type { FileEntry } from '../files/files';
import type { LayerFile, ScannedLayer } from './layer-scan';
import { PathTree } from './path-tree';

/** A file of a layer that a later one has overwritten or taken away. */
export type HiddenFile = {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Index of the layer that has it, and of the one that hides it. */
  readonly layer: number;
  readonly by: number;
  readonly how: 'overwritten' | 'removed';
};

export type StackedImage = {
  /** For each layer, sorted by path. */
  readonly changes: readonly (readonly FileChange[])[];
  readonly hidden: readonly HiddenFile[];
  /** What is seen in the end, by absolute path. */
  readonly files: ReadonlyMap<string, LayerFile>;
};

type Seen = { readonly file: LayerFile; readonly layer: number };

/** Puts layers on each other as a container has them. */
export function stackLayers(layers: readonly ScannedLayer[]): StackedImage {
  const seen = new PathTree<Seen>();
  const hidden: HiddenFile[] = [];
  const hide = ({ file, layer }: Seen, by: number, how: HiddenFile['how']): void => {
    if (file.kind === 'file' && file.hardLink === undefined && file.size > 0) {
      hidden.push({ path: file.path, size: file.size, layer, by, how });
    }
  };
  const changes = layers.map(({ files, removed, opaque }, index): FileChange[] => {
    const found: FileChange[] = [];
    // A layer's removals are of what is below it, wherever in its archive they stand.
    for (const path of [...removed, ...opaque]) {
      const own = opaque.includes(path) ? undefined : seen.get(path);
      const below = seen.takeBelow(path);
      for (const one of below) hide(one, index, 'removed');
      if (own !== undefined) {
        seen.delete(path);
        hide(own, index, 'removed');
        found.push({ path, change: 'removed', before: entryOf(own.file) });
      }
    }
    for (const file of files) {
      const old = seen.get(file.path);
      if (old?.file.kind === 'directory' && file.kind !== 'directory') {
        for (const one of seen.takeBelow(file.path)) hide(one, index, 'removed');
      }
      if (old !== undefined && old.layer !== index) hide(old, index, 'overwritten');
      // A folder stands in each layer that has something in it.
      const isSameFolder = old?.file.kind === 'directory' && file.kind === 'directory';
      if (!isSameFolder || isOtherFolder(old.file, file)) {
        found.push({
          path: file.path,
          change: old === undefined ? 'added' : 'changed',
          ...(old === undefined ? {} : { before: entryOf(old.file) }),
          after: entryOf(file),
        });
      }
      seen.set(file.path, { file, layer: index });
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  });
  const files = new Map([...seen.entries()].map(([path, { file }]) => [path, file]));
  return { changes, hidden, files };
}

function isOtherFolder(a: LayerFile, b: LayerFile): boolean {
  return a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid;
}

export function entryOf(file: LayerFile): FileEntry {
  const { path, kind, mode, uid, gid, size, modified, linkTarget, hardLink } = file;
  return {
    name: posix.basename(path),
    kind,
    mode,
    uid,
    gid,
    size,
    modified,
    ...(linkTarget === undefined ? {} : { linkTarget }),
    ...(hardLink === undefined ? {} : { hardLink }),
  };
}
