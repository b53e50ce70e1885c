/**
 * A layer as a tar archive: everything in it, what is below one folder, or only what the step
 * changed, in the form of an image's layer, where an empty `.wh.NAME` stands for a removed NAME.
 */
import { posix } from 'node:path';
import { GoMode, has, isRegular, unixPermissions } from '../../../proto/client/fsutil/go-mode';
import { TransferError } from '../../../proto/client/fsutil/packet-stream';
import type { Stat } from '../../../proto/generated/fsutil';
import type { FileChange } from '../files/changes';
import type { FileTaker } from '../files/export-result';
import { type TarEntry, tarEnd, tarHeader, tarPadding, type TarKind } from '../files/tar-entry';
import type { Layer } from './layer';

/** Takes bytes; resolves when there is room for more. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

/** @param below an absolute folder; names are relative to it. @throws as reading the layer does */
export async function writeTree(layer: Layer, below: string, sink: Sink): Promise<void> {
  const folder = posix.normalize(below).replace(/^\/|\/$/g, '');
  if (folder === '') {
    await layer.archive(sink);
    return;
  }
  const prefix = `${folder}/`;
  const out = new Gathered(sink);
  const archive = new Archive(out.write, (path) =>
    path.startsWith(prefix) && path.length > prefix.length ? path.slice(prefix.length) : undefined,
  );
  await layer.export(archive);
  await archive.flush();
  await out.write(tarEnd);
  await out.end();
}

/** What a step changed, as an image's layer has it. @throws as reading the layer does */
export async function writeChanges(layer: Layer, sink: Sink): Promise<void> {
  const { changes } = await layer.changes;
  const out = new Gathered(sink);
  for (const { path } of changes.filter(isGone)) await out.write(tarHeader(whiteout(path)));
  const wanted = new WantedPaths(changes.filter((change) => !isGone(change)));
  const archive = new Archive(out.write, (path) => (wanted.has(path) ? path : undefined));
  await layer.export(archive);
  await archive.flush();
  await out.write(tarEnd);
  await out.end();
}

/** Bytes that are handed on at once. */
const chunkSize = 256 * 1024;

/** Hands small pieces on together: a file of some bytes makes three, and each waits for the disk. */
class Gathered {
  private readonly chunk = new Uint8Array(chunkSize);
  private length = 0;

  constructor(private readonly sink: Sink) {}

  readonly write = async (bytes: Uint8Array): Promise<void> => {
    if (this.length + bytes.length > chunkSize) await this.end();
    if (bytes.length > chunkSize) {
      await this.sink(bytes);
      return;
    }
    this.chunk.set(bytes, this.length);
    this.length += bytes.length;
  };

  /** Hands on what is left. */
  async end(): Promise<void> {
    if (this.length === 0) return;
    // The sink may keep what it gets.
    const bytes = this.chunk.slice(0, this.length);
    this.length = 0;
    await this.sink(bytes);
  }
}

const isGone = ({ change }: FileChange): boolean => change === 'removed';

function whiteout(path: string): TarEntry {
  const name = posix.join(posix.dirname(path), `.wh.${posix.basename(path)}`).slice(1);
  return { path: name, kind: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, modified: 0 };
}

/** The changed paths, what is below added folders, and the folders on the way to them. */
class WantedPaths {
  private readonly single = new Set<string>();
  private readonly whole = new Set<string>();

  constructor(changes: readonly FileChange[]) {
    for (const { path, change, before } of changes) {
      const relative = path.slice(1);
      const isWhole = change === 'added' || before?.kind !== 'directory';
      (isWhole ? this.whole : this.single).add(relative);
      for (let at = posix.dirname(relative); at !== '.'; at = posix.dirname(at))
        this.single.add(at);
    }
  }

  has(path: string): boolean {
    if (this.single.has(path)) return true;
    for (let at = path; at !== '.'; at = posix.dirname(at)) if (this.whole.has(at)) return true;
    return false;
  }
}

/** Files of this size and above are sent one at a time, so that none waits in memory. Bytes. */
const large = 1024 * 1024;
/** Small files under way at once. */
const width = 32;

type Item = {
  readonly id: number;
  readonly entry: TarEntry;
  /** Pieces that came before their turn. */
  readonly waiting: Uint8Array[];
  /** Bytes that have not come yet; undefined once the end was told. */
  left: number | undefined;
};

/** Writes entries in the walk's order, while contents come as the daemon sends them. */
class Archive implements FileTaker {
  /** Those that are not written yet. */
  private items: Item[] = [];
  private first = 0;
  private asked = 0;
  private readonly underWay = new Map<number, Item>();
  private headerWritten = false;

  /** @param nameOf the path in the archive; undefined for what is left out */
  constructor(
    private readonly sink: Sink,
    private readonly nameOf: (path: string) => string | undefined,
  ) {}

  readonly entry = (stat: Stat, id: number): void => {
    const path = this.nameOf(stat.path);
    const entry = path === undefined ? undefined : tarEntry(stat, path, this.nameOf);
    if (entry !== undefined) this.items.push({ id, entry, waiting: [], left: entry.size });
  };

  readonly wanted = (): readonly number[] => {
    const ids: number[] = [];
    for (; this.asked < this.items.length; this.asked++) {
      const item = this.items[this.asked];
      if (item === undefined) break;
      // An empty file is asked for too: only its end is told.
      if (item.entry.kind !== 'file') {
        item.left = undefined;
        continue;
      }
      const isLarge = item.entry.size >= large || [...this.underWay.values()].some(isLargeItem);
      if (this.underWay.size >= (isLarge ? 1 : width)) break;
      this.underWay.set(item.id, item);
      ids.push(item.id);
    }
    return ids;
  };

  readonly data = async (id: number, bytes: Uint8Array): Promise<void> => {
    const item = this.underWay.get(id);
    if (item === undefined) throw new TransferError(`data for file ${id}, which was not asked for`);
    if (bytes.length > 0) {
      item.left = (item.left ?? 0) - bytes.length;
      item.waiting.push(bytes);
    } else {
      if (item.left !== 0) throw new TransferError(`${item.entry.path} is not as long as it said`);
      item.left = undefined;
      this.underWay.delete(id);
    }
    await this.flush();
  };

  readonly isDone = (): boolean => this.asked >= this.items.length && this.underWay.size === 0;

  /** Writes what is due, up to the first file that is still under way. */
  async flush(): Promise<void> {
    for (;;) {
      const item = this.items[this.first];
      if (item === undefined || this.first >= this.asked) break;
      if (!this.headerWritten) await this.sink(tarHeader(item.entry));
      this.headerWritten = true;
      for (const piece of item.waiting.splice(0)) await this.sink(piece);
      if (item.left !== undefined) return;
      await this.sink(tarPadding(item.entry.size));
      this.headerWritten = false;
      this.first++;
    }
    if (this.first < 1024) return;
    this.items = this.items.slice(this.first);
    this.asked -= this.first;
    this.first = 0;
  }
}

const isLargeItem = ({ entry }: Item): boolean => entry.size >= large;

/** Undefined for what an archive cannot hold. */
function tarEntry(
  stat: Stat,
  path: string,
  nameOf: (path: string) => string | undefined,
): TarEntry | undefined {
  const kind = kindOf(stat);
  if (kind === undefined) return undefined;
  const target = kind === 'hardlink' ? nameOf(stat.linkname) : stat.linkname;
  // The other name is not in the archive: this one has to bring the content.
  const isAlone = kind === 'hardlink' && target === undefined;
  return {
    path,
    kind: isAlone ? 'file' : kind,
    mode: unixPermissions(stat.mode),
    uid: stat.uid,
    gid: stat.gid,
    size: kind === 'file' || isAlone ? Number(stat.size) : 0,
    modified: Number(stat.modTime / 1_000_000_000n),
    ...(target === undefined || target === '' ? {} : { linkTarget: target }),
    ...(kind === 'char' || kind === 'block'
      ? { device: { major: Number(stat.devmajor), minor: Number(stat.devminor) } }
      : {}),
    xattrs: new Map([...stat.xattrs].filter(([name]) => !name.startsWith('trusted.overlay.'))),
  };
}

function kindOf({ mode, linkname }: Stat): TarKind | undefined {
  if (has(mode, GoMode.dir)) return 'directory';
  if (has(mode, GoMode.symlink)) return 'symlink';
  if (has(mode, GoMode.fifo)) return 'fifo';
  if (has(mode, GoMode.device)) return has(mode, GoMode.charDevice) ? 'char' : 'block';
  if (!isRegular(mode)) return undefined;
  return linkname === '' ? 'file' : 'hardlink';
}
