/** The layers of an image that is none yet: what each step of a build did to the one before it. */
import { compareListings } from '../files/compare-listings';
import { type Listing, ListingBuilder } from '../files/listing';
import type { Layer } from '../layers/layer';
import type { ImageLayer } from './image';
import type { LayerFile } from './layer-scan';

/**
 * @param chain the base and the steps on it, in order
 * @throws as reading a layer does
 */
export async function layersOfSteps(chain: readonly Layer[]): Promise<readonly ImageLayer[]> {
  let before = new ListingBuilder().finish();
  const layers: ImageLayer[] = [];
  for (const layer of chain) {
    const after = await layer.listing;
    const changed = changedFiles(before, after);
    // Steps that change nothing (WORKDIR of a folder that is there) make no layer.
    if (changed.files.length + changed.removed.length > 0) {
      layers.push({ ...changed, createdBy: layer.name });
    }
    before = after;
  }
  return layers;
}

function changedFiles(before: Listing, after: Listing): ImageLayer {
  const files: LayerFile[] = [];
  const removed: string[] = [];
  let size = 0;
  const add = (path: string, index: number): void => {
    const facts = after.entry(index);
    const isCounted = facts.kind === 'file' && facts.hardLink === undefined;
    const counted = isCounted ? facts.size : 0;
    size += counted;
    files.push({ ...facts, size: counted, path });
  };
  for (const { path, change, before: was } of compareListings(before, after)) {
    if (change === 'removed') {
      removed.push(path);
      continue;
    }
    const index = after.find(path);
    if (index === undefined) continue;
    add(path, index);
    const isNew = change === 'added' || was?.kind !== 'directory';
    for (let below = index + 1; isNew && below < after.end(index); below++) {
      add(after.path(below), below);
    }
  }
  return { files, removed, opaque: [], size, stored: size };
}
