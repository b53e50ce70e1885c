/** Somebody who can be asked about images: the client's builder, a registry. */
import type { ImageQuery, ImageVia, ResolvedImage } from '../dockerfile/compile/image-resolver';

export type ImageQuestion = {
  /** The document that names the image. */
  readonly uri: string;
  readonly ref: string;
  /** `linux/arm64/v8` */
  readonly platform: string;
  readonly mode: ImageQuery['mode'];
};

/** Who knows an image need not know how large it is. */
export type ImageSizes = Pick<ResolvedImage, 'size' | 'onDisk'>;

export type ImageAnswer =
  | ({
      readonly outcome: 'resolved';
      readonly digest: string;
      readonly config: Uint8Array;
    } & ImageSizes)
  /** It may not or cannot be asked now; the next source is asked, and this one again later. */
  | { readonly outcome: 'offline'; readonly reason?: string }
  /** It is certain that there is no such image; in BuildKit's words. */
  | { readonly outcome: 'failed'; readonly message: string };

export interface ImageSource {
  readonly via: Exclude<ImageVia, 'guess'>;
  /** Never rejects for reasons of the image or the network. */
  ask(question: ImageQuestion, signal: AbortSignal): Promise<ImageAnswer>;
  /**
   * How much there is to download of an image that another source has resolved; undefined when this
   * one does not know or may not be asked. Absent where it is never known. Never rejects.
   * @param question of a reference with its digest
   */
  downloadSize?(question: ImageQuestion, signal: AbortSignal): Promise<number | undefined>;
}
