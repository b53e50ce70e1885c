/** What one layer of an image holds, read from its archive, compressed or not, in one pass. */
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import type { FileEntry } from '../files/files';
import { type ContentTaker, type ScannedEntry, TarScanner } from './tar-scanner';

export type LayerFile = Omit<FileEntry, 'name'> & {
  /** Absolute. */
  readonly path: string;
  /** Of the content of a regular file that is not empty; to find equal ones. */
  readonly hash?: string;
};

export type ScannedLayer = {
  readonly files: readonly LayerFile[];
  /** Absolute paths that the layer takes away. */
  readonly removed: readonly string[];
  /** Folders of which nothing older is left. */
  readonly opaque: readonly string[];
  /** Bytes of files. */
  readonly size: number;
  /** Bytes of the archive as it is stored or sent. */
  readonly stored: number;
};

export type LayerScan = {
  /** Resolves when there is room for more. */
  push(bytes: Uint8Array): Promise<void>;
  /** @throws TarError, and zlib's errors */
  end(): Promise<ScannedLayer>;
};

const whiteout = '.wh.';
/** AUFS's own marks; only the opaque one means anything. */
const opaque = '.wh..wh..opq';

/** @param hashes whether contents are hashed */
export function scanLayer(hashes: boolean): LayerScan {
  const files: LayerFile[] = [];
  const removed: string[] = [];
  const opaques: string[] = [];
  let size = 0;
  let stored = 0;
  const scanner = new TarScanner((entry) => {
    const path = `/${entry.path}`;
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    if (name === opaque) opaques.push(path.slice(0, slash) || '/');
    else if (name.startsWith(`${whiteout}${whiteout}`)) return undefined;
    else if (name.startsWith(whiteout)) {
      removed.push(path.slice(0, slash + 1) + name.slice(whiteout.length));
    } else if (entry.path !== '') {
      size += entry.size;
      if (hashes && entry.kind === 'file' && entry.size > 0) return hashing(files, path, entry);
      files.push(layerFile(path, entry));
    }
    return undefined;
  });
  let decoder: Decoder | undefined;
  return {
    push: async (bytes) => {
      stored += bytes.length;
      decoder ??= decoderFor(bytes, scanner);
      await decoder.push(bytes);
    },
    end: async () => {
      await decoder?.end();
      scanner.end();
      return { files, removed, opaque: opaques, size, stored };
    },
  };
}

const fileKinds: Readonly<Record<ScannedEntry['kind'], FileEntry['kind']>> = {
  file: 'file',
  hardlink: 'file',
  symlink: 'symlink',
  directory: 'directory',
  other: 'other',
};

function layerFile(path: string, entry: ScannedEntry, hash?: string): LayerFile {
  const { kind, mode, uid, gid, size, modified, linkTarget } = entry;
  return {
    path,
    kind: fileKinds[kind],
    mode,
    uid,
    gid,
    size,
    modified,
    ...(kind === 'symlink' && linkTarget !== undefined ? { linkTarget } : {}),
    ...(kind === 'hardlink' && linkTarget !== undefined
      ? { hardLink: `/${linkTarget.replace(/^(\.?\/)+/, '')}` }
      : {}),
    ...(hash === undefined ? {} : { hash }),
  };
}

function hashing(files: LayerFile[], path: string, entry: ScannedEntry): ContentTaker {
  let hash: Hash | undefined;
  return {
    push: (bytes) => {
      hash ??= createHash('sha1');
      hash.update(bytes);
    },
    end: () => files.push(layerFile(path, entry, hash?.digest('base64'))),
  };
}

type Decoder = { push(bytes: Uint8Array): Promise<void> | void; end(): Promise<void> | void };

function decoderFor(start: Uint8Array, scanner: TarScanner): Decoder {
  if (start[0] === 0x1f && start[1] === 0x8b) return gunzipInto(scanner);
  if (start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd) {
    // `final` may be told without data.
    const stream = new Decompress((bytes) => scanner.push(bytes));
    return {
      push: (bytes) => {
        stream.push(bytes);
      },
      end: () => {
        stream.push(new Uint8Array(), true);
      },
    };
  }
  return { push: (bytes) => scanner.push(bytes), end: () => undefined };
}

function gunzipInto(scanner: TarScanner): Decoder {
  const stream = createGunzip({ chunkSize: 256 * 1024 });
  let failure: Error | undefined;
  stream.on('data', (bytes: Buffer) => {
    try {
      if (failure === undefined) scanner.push(bytes);
    } catch (error) {
      failure = errorOf(error);
    }
  });
  const ended: Promise<unknown> = once(stream, 'end');
  // `push` and `end` tell it.
  ended.catch((error: unknown) => {
    failure ??= errorOf(error);
  });
  const check = (): void => {
    if (failure !== undefined) throw failure;
  };
  return {
    push: async (bytes) => {
      check();
      // The chunk's memory may be used again before the thread of zlib has read it.
      if (!stream.write(Buffer.from(bytes))) await Promise.race([once(stream, 'drain'), ended]);
      check();
    },
    end: async () => {
      stream.end();
      await ended;
      check();
    },
  };
}

const errorOf = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
