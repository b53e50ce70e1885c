/**
 * Asks binary caches for store paths: `file://` folders and `http(s)://` servers. What they say counts
 * only when a trusted key has signed it. BuildKit fetches the archives itself; those of `file://` caches
 * go through the session, and so do those that busybox cannot unpack, after being unpacked here.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { decompress as decompressZstd } from 'fzstd';
import {
  baseName,
  fromNix32,
  narFingerprint,
  parseNarInfo,
  toNix32,
  type ByteString,
  type NarInfo,
  type Packing,
  type Substitute,
} from '../../../../language-server/derivation';
import { exchange, type HttpAnswer } from '../../../../proto/client/registry/http';
import { BuildFailure } from '../../input/build-input';
import { sourceAddress } from '../../../../language-server/derivation/sandbox/content-address';
import { isSigned, publicKey, type SigningKey } from './signing-key';

const unpackBrotli = promisify(brotliDecompress);

export type CacheSettings = {
  /** Addresses, in the order they are asked. */
  readonly substituters: readonly string[];
  /** As Nix writes them: `NAME:` and base 64. */
  readonly trustedKeys: readonly string[];
  /** False takes what nobody signed. */
  readonly requireSignatures: boolean;
};

/** Questions out at once. */
const MOST_QUESTIONS = 24;
/** Bytes of an archive that is unpacked here. */
const LARGEST_ARCHIVE = 2 ** 31;
/** What busybox unpacks, by the names that narinfo files use; no name means bzip2. */
const PACKINGS: Readonly<Record<string, Packing>> = {
  none: 'none',
  xz: 'xz',
  gzip: 'gzip',
  bzip2: 'bzip2',
};
const UNPACKERS: Readonly<Record<string, (file: Uint8Array) => Promise<Uint8Array>>> = {
  zstd: (file) => Promise.resolve(decompressZstd(file)),
  br: (file) => unpackBrotli(file),
};
/** As HTTP names them. */
const ENCODINGS: Readonly<Record<string, (body: Uint8Array) => Promise<Uint8Array>>> = {
  ...UNPACKERS,
  identity: (body) => Promise.resolve(body),
  gzip: promisify(gunzip),
};
/** The session's directory of archives that were unpacked here. */
const UNPACKED = 'llb-lens-archives';

type Cache = {
  readonly address: string;
  /** The session's name of the folder, for `file://`. */
  readonly local?: string;
  /** A file of the cache; undefined when it has none of this name. */
  read(file: string, signal?: AbortSignal): Promise<Uint8Array | undefined>;
};

export class BinaryCaches {
  /** What the session must serve for the archives. */
  readonly directories: Readonly<Record<string, string>>;
  private readonly caches: readonly Cache[];
  private readonly keys: readonly SigningKey[];
  private readonly usable = new Map<Cache, Promise<boolean>>();
  private readonly questions = new Turns(MOST_QUESTIONS);
  private readonly said = new Set<string>();

  /**
   * @param scratch a private folder for archives that are unpacked here
   * @param note takes what the user should know
   * @throws BuildFailure when an address or a key is none
   */
  constructor(
    private readonly settings: CacheSettings,
    private readonly scratch: string,
    private readonly storeDir: ByteString,
    private readonly note: (text: string) => void,
  ) {
    this.keys = settings.trustedKeys.map((text) => {
      try {
        return publicKey(text);
      } catch (error) {
        throw new BuildFailure(error instanceof Error ? error.message : String(error));
      }
    });
    const directories: Record<string, string> = { [UNPACKED]: scratch };
    this.caches = settings.substituters.map((address, at) => {
      const cache = cacheAt(address, `llb-lens-cache-${at}`);
      if (cache.folder !== undefined) directories[`llb-lens-cache-${at}`] = cache.folder;
      return cache;
    });
    this.directories = directories;
  }

  /** The first cache that has the path, and that a trusted key vouches for. */
  async lookup(path: ByteString, signal?: AbortSignal): Promise<Substitute | undefined> {
    for (const cache of this.caches) {
      const found = await this.questions.run(() => this.askUnlessBroken(cache, path, signal));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What a cache cannot give is built, or had from another. */
  private async askUnlessBroken(
    cache: Cache,
    path: ByteString,
    signal?: AbortSignal,
  ): Promise<Substitute | undefined> {
    try {
      return await this.ask(cache, path, signal);
    } catch (error) {
      signal?.throwIfAborted();
      this.say(`${cache.address}: ${path} cannot be had, so that is not taken: ${reasonOf(error)}`);
      return undefined;
    }
  }

  private async ask(
    cache: Cache,
    path: ByteString,
    signal?: AbortSignal,
  ): Promise<Substitute | undefined> {
    if (!(await this.isUsable(cache, signal))) return undefined;
    const text = await cache.read(`${baseName(path).slice(0, 32)}.narinfo`, signal);
    if (text === undefined) return undefined;
    const info = parseNarInfo(Buffer.from(text).toString('utf8'));
    const narHash = info && sha256Of(info.narHash);
    if (info?.storePath !== path || narHash === undefined) {
      this.say(`${cache.address}: what it says of ${path} cannot be read, so that is not taken`);
      return undefined;
    }
    if (
      this.settings.requireSignatures &&
      // A path that follows from the archive's hash needs nobody's word: the hash is checked.
      sourceAddress(path, info.references, { hash: narHash, size: info.narSize }) === undefined &&
      !isSigned(narFingerprint(signedFacts(info, narHash)), info.signatures, this.keys)
    ) {
      this.say(`${cache.address}: no trusted key has signed ${path}, so that is not taken`);
      return undefined;
    }
    return this.substitute(cache, info, narHash, signal);
  }

  private async substitute(
    cache: Cache,
    info: NarInfo,
    narHash: string,
    signal?: AbortSignal,
  ): Promise<Substitute | undefined> {
    const facts = {
      path: info.storePath,
      references: info.references,
      narHash,
      narSize: info.narSize,
    };
    const packing = PACKINGS[info.compression];
    if (packing !== undefined) {
      const checksum = info.fileHash === undefined ? undefined : sha256Of(info.fileHash);
      if (cache.local !== undefined) {
        return { ...facts, packing, source: { kind: 'local', name: cache.local, file: info.url } };
      }
      const { href: url } = new URL(info.url, cache.address);
      return {
        ...facts,
        packing,
        source: { kind: 'http', url, ...(checksum === undefined ? {} : { checksum }) },
      };
    }
    const unpack = UNPACKERS[info.compression];
    if (unpack === undefined) {
      this.say(`${cache.address}: ${info.storePath} is compressed by ${info.compression}`);
      return undefined;
    }
    const packed = await cache.read(info.url, signal);
    if (packed === undefined) return undefined;
    const file = `${narHash}.nar`;
    await mkdir(this.scratch, { recursive: true });
    // The step that unpacks it checks the hash.
    await writeFile(join(this.scratch, file), await unpack(packed));
    return { ...facts, packing: 'none', source: { kind: 'local', name: UNPACKED, file } };
  }

  /** A cache for another store directory has nothing for us. */
  private isUsable(cache: Cache, signal?: AbortSignal): Promise<boolean> {
    const known = this.usable.get(cache);
    if (known !== undefined) return known;
    const asking = this.greet(cache, signal);
    this.usable.set(cache, asking);
    return asking;
  }

  private async greet(cache: Cache, signal?: AbortSignal): Promise<boolean> {
    try {
      const info = await cache.read('nix-cache-info', signal);
      if (info === undefined) {
        this.say(
          `${cache.address} is no binary cache, as it has no nix-cache-info: it is not asked`,
        );
        return false;
      }
      const text = Buffer.from(info).toString('utf8');
      const storeDir = /^StoreDir:[ \t]*(\S+)/m.exec(text)?.[1] ?? '/nix/store';
      if (storeDir === this.storeDir) return true;
      this.say(`${cache.address} is for the store ${storeDir}, so it is not asked`);
    } catch (error) {
      signal?.throwIfAborted();
      this.say(`${cache.address} cannot be asked: ${reasonOf(error)}`);
    }
    return false;
  }

  private say(text: string): void {
    if (this.said.has(text)) return;
    this.said.add(text);
    this.note(text);
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Nix signs the hash in base 32, however the file spells it. */
function signedFacts(info: NarInfo, narHash: string): NarInfo {
  return { ...info, narHash: `sha256:${toNix32(Buffer.from(narHash, 'hex'))}` };
}

function cacheAt(address: string, local: string): Cache & { readonly folder?: string } {
  if (address.startsWith('file://') || address.startsWith('/')) {
    const folder = address.startsWith('/') ? address : fileURLToPath(address);
    return {
      address,
      local,
      folder,
      read: (file) => readUnlessMissing(join(folder, inside(file))),
    };
  }
  // Addresses of files are relative to the cache's own, as to a folder's.
  const base = address.endsWith('/') ? address : `${address}/`;
  if (!/^https?:\/\//.test(address) || !URL.canParse(base)) {
    throw new BuildFailure(
      `${address} is no binary cache that can be used: give an address of file, http or https.`,
    );
  }
  return {
    address: base,
    read: async (file, signal) => {
      const answer = await exchange(new URL(inside(file), base), {
        signal,
        largest: LARGEST_ARCHIVE,
      });
      if (answer.status === 200) return decoded(answer);
      if (answer.status === 404 || answer.status === 403 || answer.status === 410) return undefined;
      throw new Error(`${base} answered ${answer.status}`);
    },
  };
}

/** A body without what it was encoded in on its way; caches keep narinfo files so. */
async function decoded({ body, headers }: HttpAnswer): Promise<Uint8Array> {
  const encoding = headers['content-encoding'] ?? 'identity';
  const decode = ENCODINGS[encoding];
  if (decode === undefined) throw new Error(`it answers in ${encoding}`);
  return decode(body);
}

/** Nothing leads out of a cache. */
function inside(file: string): string {
  return file.split('/').includes('..') ? '.' : file;
}

async function readUnlessMissing(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'EISDIR') return undefined;
    throw error;
  }
}

/** Lets some of many run at once. */
class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) await new Promise<void>((go) => this.waiting.push(go));
    this.running++;
    try {
      return await task();
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }
}

/** `sha256:` in base 16, base 32 or base 64, or `sha256-` in base 64, in base 16. */
function sha256Of(text: string): string | undefined {
  const [, value = ''] = /^sha256[:-](.+)$/.exec(text) ?? [];
  if (/^[0-9a-f]{64}$/.test(value)) return value;
  const bytes = fromNix32(value, 32) ?? Buffer.from(value, 'base64');
  return bytes.length === 32 ? Buffer.from(bytes).toString('hex') : undefined;
}
