/** Files of built steps and of images, one directory level at a time, and what is worked out of them. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { finished } from 'node:stream/promises';
import { once } from 'node:events';
import { isMissingFile } from '../../proto/client/buildkit-error';
import type { LayerChange, LayerEntry } from '../../proto/messages/webview';
import { ChangeTree } from '../engine/files/change-tree';
import type { Changes, FileChange } from '../engine/files/changes';
import { type FileEntry, type FileTree, noFiles } from '../engine/files/files';
import { searchFiles } from '../engine/files/search-files';
import { BuildFailure } from '../engine/input/build-input';
import type { Layer } from '../engine/layers/layer';
import { type Sink, writeChanges, writeTree } from '../engine/layers/layer-archive';
import type {
  ChangedEntry,
  ChangesParams,
  FoundFile,
  InLayer,
  LayerFile,
  LayerPlace,
} from './protocol';
import type { OpenLayers } from './open-layers';

/** Larger files are shown in part; an editor would not open them anyway. */
const largestFile = 16 * 1024 * 1024;
/** Changes told at once; more are there level by level. */
const mostChanges = 5_000;

export class Layers {
  private readonly trees = new WeakMap<Changes, ChangeTree>();

  constructor(private readonly open: OpenLayers) {}

  /** @throws BuildFailure, ProfileError, ConnectError, BuildkitError; so do all of these */
  readDir({ layer, path }: InLayer): Promise<readonly LayerEntry[]> {
    return this.inTree(layer, path, async (tree) => (await tree.list(path)).map(layerEntry));
  }

  stat({ layer, path }: InLayer): Promise<LayerEntry | null> {
    return this.inTree(layer, path, async (tree) => {
      const entry = await tree.stat(path);
      return entry === undefined ? null : layerEntry(entry);
    });
  }

  readFile({ layer, path }: InLayer): Promise<LayerFile> {
    return this.inTree(layer, path, async (tree) => {
      const entry = await tree.stat(path);
      // A comparison asks for files that are on one side only.
      if (entry === undefined && layer.kind === 'step' && layer.before === true) {
        return { data: '', size: 0 };
      }
      if (entry === undefined) throw new BuildFailure(`There is no ${path} here.`);
      if (entry.kind === 'directory') throw new BuildFailure(`${path} is a directory.`);
      // A link is read through, and is as long as what it names.
      const isLink = entry.kind === 'symlink';
      const size = isLink ? largestFile : Math.min(entry.size, largestFile);
      const data = await tree.read(path, size);
      const whole = isLink ? data.length : entry.size;
      return { data: Buffer.from(data).toString('base64'), size: whole };
    });
  }

  async changes(params: ChangesParams) {
    const { changes, isPartial } = await this.changesOf(params);
    return {
      changes: changes.slice(0, mostChanges).map(layerChange),
      partial: isPartial || changes.length > mostChanges,
    };
  }

  /** One level of the tree of changes. */
  async changesIn({ path, ...params }: ChangesParams & { readonly path: string }) {
    const changes = await this.changesOf(params);
    const tree = this.trees.get(changes) ?? new ChangeTree(changes.changes);
    this.trees.set(changes, tree);
    const listed = tree.list(path);
    // Added and removed folders stand for what is below them.
    const whole = tree.standsFor(path);
    const entries =
      whole === undefined || whole.change === 'changed' || (listed ?? []).length > 0
        ? (listed ?? []).map(changedEntry)
        : await this.wholeFolder(params, path, whole);
    return { entries, partial: changes.isPartial };
  }

  search({
    layer,
    pattern,
    limit,
  }: {
    readonly layer: LayerPlace;
    readonly pattern: string;
    readonly limit: number;
  }): Promise<{ readonly found: readonly FoundFile[]; readonly count: number }> {
    return this.inLayer(layer, async (opened) => {
      const listing = await opened.listing;
      const { found, count } = searchFiles(listing, pattern, limit);
      return {
        count,
        found: found.map((index) => ({
          path: listing.path(index),
          entry: layerEntry(listing.entry(index)),
        })),
      };
    });
  }

  /** A file as it is, a folder as a tar archive. */
  save({ layer, path, target }: InLayer & { readonly target: string }): Promise<void> {
    return this.inLayer(layer, async (opened) => {
      const tree = await opened.tree();
      const entry = path === '/' ? undefined : await tree.stat(path);
      if (path !== '/' && entry === undefined) throw new BuildFailure(`There is no ${path} here.`);
      await intoFile(target, async (sink) => {
        if (entry === undefined || entry.kind === 'directory') {
          await writeTree(opened, path, sink);
        } else for await (const piece of tree.pieces(path, entry.size)) await sink(piece);
      });
    });
  }

  /** What the step changed, as a layer of an image. */
  saveChanges({
    layer,
    target,
  }: {
    readonly layer: LayerPlace;
    readonly target: string;
  }): Promise<void> {
    return this.inLayer(layer, (opened) => intoFile(target, (sink) => writeChanges(opened, sink)));
  }

  private changesOf({ layer, from }: ChangesParams): Promise<Changes> {
    return this.inLayer(layer, (opened) =>
      from === undefined
        ? opened.changes
        : this.open.use(from, async ({ layer: before }) =>
            before === undefined ? opened.changes : opened.changesFrom(before),
          ),
    );
  }

  private async wholeFolder(
    { layer, from }: ChangesParams,
    path: string,
    whole: FileChange,
  ): Promise<readonly ChangedEntry[]> {
    const before: LayerPlace = from ?? (layer.kind === 'step' ? { ...layer, before: true } : layer);
    const entries = await this.readDir({ layer: whole.change === 'added' ? layer : before, path });
    return entries.map((entry) => ({
      name: entry.name,
      path: posix.join(path, entry.name),
      change: whole.change,
      ...(whole.change === 'added' ? { after: entry } : { before: entry }),
      counts: { added: 0, changed: 0, removed: 0 },
    }));
  }

  private inLayer<T>(place: LayerPlace, work: (layer: Layer) => Promise<T>): Promise<T> {
    return this.open.use(place, ({ layer }) => {
      if (layer === undefined) throw new BuildFailure('This step begins with no files.');
      return work(layer);
    });
  }

  private inTree<T>(
    place: LayerPlace,
    path: string,
    work: (tree: FileTree) => Promise<T>,
  ): Promise<T> {
    return this.open.use(place, async ({ layer }) => {
      try {
        return await work(layer === undefined ? noFiles : await layer.tree());
      } catch (error) {
        throw isMissingFile(error) ? new BuildFailure(`There is no ${path} here.`) : error;
      }
    });
  }
}

/** A file appears under its name only when it is whole. @throws the file system's errors */
async function intoFile(target: string, write: (sink: Sink) => Promise<void>): Promise<void> {
  const partial = `${target}.${crypto.randomUUID()}.partial`;
  const stream = createWriteStream(partial, { flags: 'wx' });
  try {
    await once(stream, 'open');
    await write(async (bytes) => {
      if (!stream.write(bytes)) await once(stream, 'drain');
    });
    stream.end();
    await finished(stream);
    await rename(partial, target);
  } catch (error) {
    stream.destroy();
    await rm(partial, { force: true });
    throw error;
  }
}

export function layerEntry({ modified, ...entry }: FileEntry): LayerEntry {
  return { ...entry, modified: Math.floor(modified * 1000) };
}

function layerChange({ path, change, before, after, below }: FileChange): LayerChange {
  return {
    path,
    change,
    ...(before === undefined ? {} : { before: layerEntry(before) }),
    ...(after === undefined ? {} : { after: layerEntry(after) }),
    ...(below === undefined ? {} : { below }),
  };
}

type TreeEntry = NonNullable<ReturnType<ChangeTree['list']>>[number];

export function changedEntry({ name, path, change, below: counts }: TreeEntry): ChangedEntry {
  return { name, ...(change === undefined ? {} : layerChange(change)), path, counts };
}
