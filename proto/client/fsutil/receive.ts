/**
 * Receives a directory into a local one: what an exporter of type `local` sends.
 *
 * What is there already and was not sent stays. Nothing is ever written outside the destination:
 * names must be plain, in order, below folders that were themselves received, and whatever stands
 * in the way of a folder (a link, say) is replaced, not followed. Owners stay ours; devices and
 * pipes, which need privileges, are left out and reported.
 */
import {
  chmod,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  realpath,
  rm,
  symlink,
  utimes,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { PacketType, type Stat } from '../../generated/fsutil';
import { GoMode, has, isRegular, unixPermissions } from './go-mode';
import { TransferError, type PacketStream } from './packet-stream';
import { compareBytes, isGone } from './walk';

export type ReceiveOptions = {
  /** A path that could not be made here. */
  readonly onSkipped?: (path: string) => void;
};

/** @throws TransferError or the file system's error */
export async function receiveDirectory(
  destination: string,
  stream: PacketStream,
  options: ReceiveOptions = {},
): Promise<void> {
  await mkdir(destination, { recursive: true, mode: 0o700 });
  await new Receiver(await realpath(destination), stream, options).run();
}

/** `handle` is there from the first piece on; few files are open at once. */
type WantedFile = { readonly stat: Stat; handle?: FileHandle };

class Receiver {
  private readonly order = new EntryOrder();
  private readonly files = new Map<number, WantedFile>();
  /** Set at the end, because writing into a folder changes its time. */
  private readonly folders: Stat[] = [];
  private readonly links: Stat[] = [];
  private count = 0;
  private allStatsSeen = false;

  constructor(
    private readonly root: string,
    private readonly stream: PacketStream,
    private readonly options: ReceiveOptions,
  ) {}

  async run(): Promise<void> {
    try {
      for await (const packet of this.stream.packets) {
        switch (packet.type) {
          case PacketType.PACKET_STAT:
            if (packet.stat === undefined) this.allStatsSeen = true;
            else await this.entry(packet.stat, this.count++);
            break;
          case PacketType.PACKET_DATA:
            await this.data(packet.id, packet.data);
            break;
          case PacketType.PACKET_FIN:
            return;
          case PacketType.PACKET_ERR:
            throw new TransferError(new TextDecoder().decode(packet.data));
          default:
            throw new TransferError(`unexpected packet of type ${packet.type}`);
        }
        if (this.allStatsSeen && this.files.size === 0) await this.finish();
      }
    } finally {
      for (const { handle } of this.files.values()) await handle?.close();
    }
    if (!this.finished) throw new TransferError('the transfer ended early');
  }

  private finished = false;
  private async finish(): Promise<void> {
    if (this.finished) return;
    this.finished = true;
    for (const stat of this.links) {
      await this.clear(stat.path);
      await link(join(this.root, stat.linkname), join(this.root, stat.path));
    }
    for (const stat of this.folders.reverse()) await this.setMetadata(stat);
    await this.stream.send([{ type: PacketType.PACKET_FIN }]);
  }

  private async entry(stat: Stat, id: number): Promise<void> {
    const isFolder = has(stat.mode, GoMode.dir);
    this.order.next(stat.path, isFolder);
    const path = join(this.root, stat.path);
    if (isFolder) {
      if (!(await isRealFolder(path))) {
        await this.clear(stat.path);
        await mkdir(path, { mode: 0o700 });
      }
      this.folders.push(stat);
    } else if (has(stat.mode, GoMode.symlink)) {
      await this.clear(stat.path);
      await symlink(stat.linkname, path);
      await lutimes(path, seconds(stat.modTime), seconds(stat.modTime));
    } else if (!isRegular(stat.mode)) {
      this.options.onSkipped?.(stat.path);
    } else if (stat.linkname !== '') {
      this.order.requireSent(stat.linkname);
      this.links.push(stat);
    } else {
      await this.clear(stat.path);
      this.files.set(id, { stat });
      await this.stream.send([{ type: PacketType.PACKET_REQ, id }]);
    }
  }

  private async data(id: number, data: Uint8Array): Promise<void> {
    const file = this.files.get(id);
    if (file === undefined) throw new TransferError(`data for file ${id}, which was not asked for`);
    // `wx`: were a link put here by now, opening would fail.
    file.handle ??= await open(join(this.root, file.stat.path), 'wx', 0o600);
    if (data.length > 0) {
      await file.handle.writeFile(data);
      return;
    }
    await file.handle.close();
    this.files.delete(id);
    await this.setMetadata(file.stat);
  }

  private async setMetadata(stat: Stat): Promise<void> {
    const path = join(this.root, stat.path);
    await chmod(path, unixPermissions(stat.mode));
    const time = seconds(stat.modTime);
    await utimes(path, time, time);
  }

  private async clear(path: string): Promise<void> {
    await rm(join(this.root, path), { recursive: true, force: true });
  }
}

async function isRealFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function seconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e9;
}

/** Checks that entries come in walking order, each in a folder that came before. */
export class EntryOrder {
  private readonly sent = new Set<string>();
  /** The folder the walk is in and those above it, with the last name seen in each. */
  private readonly open: { readonly path: string; last: string }[] = [{ path: '', last: '' }];

  /** @throws TransferError */
  next(path: string, isFolder: boolean): void {
    const parts = path.split('/');
    if (path === '' || parts.some((part) => part === '' || part === '.' || part === '..')) {
      throw new TransferError(`not a path inside the destination: ${JSON.stringify(path)}`);
    }
    if (path.includes('\0') || (process.platform === 'win32' && /[\\:]/.test(path))) {
      throw new TransferError(`not a path for this system: ${JSON.stringify(path)}`);
    }
    const name = parts.pop() ?? '';
    const folder = parts.join('/');
    while (this.open.length > 1 && this.open.at(-1)?.path !== folder) this.open.pop();
    const current = this.open.at(-1);
    if (current?.path !== folder || compareBytes(current.last, name) >= 0) {
      throw new TransferError(`out of order: ${JSON.stringify(path)}`);
    }
    current.last = name;
    this.sent.add(path);
    if (isFolder) this.open.push({ path, last: '' });
  }

  /** @throws TransferError when a hard link names something that was not sent before it */
  requireSent(path: string): void {
    if (!this.sent.has(path)) {
      throw new TransferError(`a link to ${JSON.stringify(path)}, which was not sent`);
    }
  }
}
