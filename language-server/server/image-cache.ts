/**
 * Image metadata on disk, shared by every process of this user.
 *
 * `blobs/sha256/<hex>` holds image configs by digest; `refs/<hash>.json` says what a reference meant
 * for a platform, and until when to believe it. Files appear by rename, so a reader never sees a
 * half-written one; a file that cannot be read counts as absent.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDigest } from '../../proto/model/digest';
import { isNumber, isString, object } from '../../proto/messages/validate';
import type { ImageQuery } from '../dockerfile/compile/image-resolver';
import type { ImageSizes, ImageSource } from './image-source';
import { SmallFiles } from './small-files';

/** How long a tag is believed, in milliseconds; a reference with a digest never changes. */
export const TAG_LIFETIME = 60 * 60 * 1000;

export type CachedImage = ImageSizes & {
  /** Of the manifest or index. */
  readonly digest: string;
  /** The image config's JSON. */
  readonly config: Uint8Array;
  /** Milliseconds since the epoch; from then on the reference may mean something else. */
  readonly expires: number;
  /** Who said so, and when (milliseconds since the epoch). */
  readonly via: ImageSource['via'];
  readonly stored: number;
};

type RefEntry = ImageSizes & {
  readonly ref: string;
  readonly platform: string;
  readonly digest: string;
  readonly config: string;
  readonly expires: number;
  readonly via: string;
  readonly stored: number;
};

const isRefEntry = object<RefEntry>(
  {
    ref: isString,
    platform: isString,
    digest: isString,
    config: isString,
    expires: isNumber,
    via: isString,
    stored: isNumber,
  },
  { size: isNumber, onDisk: isNumber },
);

/** Configs that are kept at hand, of all images of the open files. */
const mostConfigs = 100;

export class ImageCache {
  /** References are asked for at every keystroke. */
  readonly #refs = new SmallFiles();
  /** By their digest. */
  readonly #configs = new Map<string, Buffer>();

  /** @param folder is made when something is stored */
  constructor(private readonly folder: string) {}

  /**
   * What is known of an image, expired or not.
   * @param mode where it was looked for: answers of one way are none of another
   */
  async get(
    ref: string,
    platform: string,
    mode: ImageQuery['mode'] = 'default',
  ): Promise<CachedImage | undefined> {
    const text = await this.#refs.read(this.refPath(ref, platform, mode));
    const entry: unknown = text === undefined ? undefined : parseOrAbsent(text);
    if (!isRefEntry(entry) || entry.ref !== ref || entry.platform !== platform) return undefined;
    if (!isDigest(entry.config)) return undefined;
    const config = await this.#config(entry.config);
    if (config === undefined) return undefined;
    const { digest, expires, stored } = entry;
    return {
      digest,
      config,
      ...sizesOf(entry),
      expires,
      stored,
      via: entry.via === 'registry' ? 'registry' : 'builder',
    };
  }

  async #config(digest: string): Promise<Buffer | undefined> {
    const known = this.#configs.get(digest);
    if (known !== undefined) return known;
    const config = await readOrAbsent(this.blobPath(digest));
    if (config === undefined || digestOfBytes(config) !== digest) return undefined;
    this.#configs.set(digest, config);
    const [oldest] = this.#configs.keys();
    if (this.#configs.size > mostConfigs && oldest !== undefined) this.#configs.delete(oldest);
    return config;
  }

  /** Rejects when the folder cannot be written. */
  async put(
    ref: string,
    platform: string,
    image: Pick<CachedImage, 'digest' | 'config' | 'via'> &
      ImageSizes &
      Partial<Pick<ImageQuery, 'mode'>>,
    now = Date.now(),
  ): Promise<void> {
    const config = digestOfBytes(image.config);
    await writeWhole(this.blobPath(config), image.config);
    const entry: RefEntry = {
      ref,
      platform,
      digest: image.digest,
      config,
      expires: ref.includes('@') ? Number.MAX_SAFE_INTEGER : now + TAG_LIFETIME,
      via: image.via,
      stored: now,
      ...sizesOf(image),
    };
    await writeWhole(this.refPath(ref, platform, image.mode), Buffer.from(JSON.stringify(entry)));
  }

  private refPath(ref: string, platform: string, mode: ImageQuery['mode'] = 'default'): string {
    const question = [ref, platform, ...(mode === 'default' ? [] : [mode])].join('\n');
    const name = createHash('sha256').update(question).digest('hex');
    return join(this.folder, 'refs', `${name}.json`);
  }

  private blobPath(digest: string): string {
    return join(this.folder, 'blobs', ...digest.split(':'));
  }
}

/** The sizes alone, of whatever has some. */
export const sizesOf = ({ size, onDisk }: ImageSizes): ImageSizes => ({
  ...(size !== undefined && { size }),
  ...(onDisk !== undefined && { onDisk }),
});

const digestOfBytes = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function readOrAbsent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}

function parseOrAbsent(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
