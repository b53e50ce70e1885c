/**
 * A folder of blobs by digest (`blobs/sha256/…`), as OCI layouts and BuildKit's local caches have
 * them. A blob appears under its digest only when it is whole and its digest is right.
 */
import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** A blob that cannot be had or written; `problem` is what callers tell apart. */
export class ContentError extends Error {
  override readonly name = 'ContentError';

  constructor(
    readonly problem: 'absent' | 'present' | 'bad',
    message: string,
  ) {
    super(message);
  }
}

const pieceSize = 1024 * 1024;

export class ContentStore {
  private readonly uploads = new Map<string, Upload>();

  constructor(private readonly folder: string) {}

  /** @throws ContentError `absent`, or `bad` for what is no sha256 digest */
  async size(digest: string): Promise<number> {
    try {
      return (await stat(this.path(digest))).size;
    } catch (error) {
      if (error instanceof ContentError) throw error;
      throw new ContentError('absent', `content ${digest} not found`);
    }
  }

  /** Pieces of a blob. @param size 0 for all that follows `offset` */
  async *read(digest: string, offset: number, size: number): AsyncGenerator<Buffer> {
    const whole = await this.size(digest);
    const end = size === 0 ? whole : Math.min(whole, offset + size);
    const file = await open(this.path(digest), 'r');
    try {
      for (let at = offset; at < end;) {
        const piece = Buffer.allocUnsafe(Math.min(pieceSize, end - at));
        const { bytesRead } = await file.read(piece, 0, piece.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  /** Begins an upload, or goes on with the one of this name. @throws ContentError `present` */
  async upload(ref: string, expected: string): Promise<Upload> {
    if (expected !== '' && (await this.has(expected))) {
      throw new ContentError('present', `content ${expected} already exists`);
    }
    const known = this.uploads.get(ref);
    if (known !== undefined) return known;
    const ingest = join(this.folder, 'ingest');
    await mkdir(ingest, { recursive: true });
    const path = join(ingest, crypto.randomUUID());
    const upload = new Upload(path, await open(path, 'wx', 0o644), (digest) =>
      this.finish(ref, path, digest),
    );
    this.uploads.set(ref, upload);
    return upload;
  }

  /** The uploads that are not finished, by name. */
  get unfinished(): ReadonlyMap<string, Upload> {
    return this.uploads;
  }

  async abort(ref: string): Promise<void> {
    const upload = this.uploads.get(ref);
    this.uploads.delete(ref);
    await upload?.discard();
  }

  private async has(digest: string): Promise<boolean> {
    try {
      await this.size(digest);
      return true;
    } catch (error) {
      if (error instanceof ContentError && error.problem === 'absent') return false;
      throw error;
    }
  }

  private async finish(ref: string, from: string, digest: string): Promise<void> {
    const to = this.path(digest);
    await mkdir(join(this.folder, 'blobs', 'sha256'), { recursive: true });
    await rename(from, to);
    this.uploads.delete(ref);
  }

  /** Nothing but hexadecimal digits gets into a path. */
  private path(digest: string): string {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
    if (hex === undefined) {
      throw new ContentError('bad', `${JSON.stringify(digest)} is no sha256 digest`);
    }
    return join(this.folder, 'blobs', 'sha256', hex);
  }
}

export class Upload {
  private hash: Hash = createHash('sha256');
  private written = 0;
  readonly started = new Date();

  constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly finish: (digest: string) => Promise<void>,
  ) {}

  get offset(): number {
    return this.written;
  }

  /** Of what was written so far. */
  get digest(): string {
    return `sha256:${this.hash.copy().digest('hex')}`;
  }

  async write(data: Uint8Array): Promise<void> {
    await this.file.writeFile(data);
    this.hash.update(data);
    this.written += data.length;
  }

  /**
   * Begins again from nothing.
   * @throws the file system's error
   */
  async restart(): Promise<void> {
    await this.file.truncate(0);
    this.hash = createHash('sha256');
    this.written = 0;
  }

  /** @returns the blob's digest. @throws ContentError `bad` when size or digest are not as said */
  async commit(size: number, expected: string): Promise<string> {
    const { digest } = this;
    if (size > 0 && size !== this.written) {
      throw new ContentError('bad', `${this.written} bytes were written, not ${size}`);
    }
    if (expected !== '' && expected !== digest) {
      throw new ContentError('bad', `the content is ${digest}, not ${expected}`);
    }
    await this.file.close();
    await this.finish(digest);
    return digest;
  }

  async discard(): Promise<void> {
    await this.file.close();
    await rm(this.path, { force: true });
  }
}
