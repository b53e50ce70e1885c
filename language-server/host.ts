/** What the language server needs from the machine it runs on; a browser gives less than Node. */
import type { Finding } from './checks/finding';
import type { StoreReader } from './derivation/store-reader';
import type { DockerfileView } from './dockerfile-view';
import type { ImageResolver } from './dockerfile/compile/image-resolver';
import type { NetworkAccess, PastStep } from '../proto/messages/language-server';

export type FolderEntry = { readonly name: string; readonly isFolder: boolean };
export type FoundImage = { readonly name: string; readonly docs: string };

export interface ServerHost {
  /** Platforms of the machine that would build, e.g. `linux/amd64`. */
  readonly buildPlatforms: readonly string[];
  /** A text file's content; undefined when it is not there or cannot be read. */
  readText(uri: string): Promise<string | undefined>;
  /** The entries of a folder; empty when it is not there or cannot be read. */
  listFolder(uri: string): Promise<readonly FolderEntry[]>;
  /** The tags of an image, as far as the document's workspace lets a registry be asked. */
  imageTags(uri: string, image: string): Promise<readonly string[]>;
  /** Images whose name holds a text, as far as searches are allowed. */
  searchImages(uri: string, text: string): Promise<readonly FoundImage[]>;
  /** What ShellCheck says of the scripts; absent where no program can be run. */
  readonly shellcheck?: (
    view: DockerfileView,
    path: string,
    signal: AbortSignal,
  ) => Promise<readonly Finding[]>;
  /**
   * Where hadolint's config file of the user may lie, as URIs; the first that is there counts. None
   * in a workspace that is not trusted; absent where there is no file system.
   */
  readonly hadolintFiles?: (uri: string) => readonly string[];
  /** Image metadata for the images that this document names; it answers at once, if need be by a guess. */
  images(uri: string): ImageResolver;
  /** Called when an image that was guessed for a document is known now. */
  onImagesKnown(listener: (uri: string) => void): void;
  /** The document is closed: look-ups of images for it may end. */
  forgetImages(uri: string): void;
  /** How the steps of a document went in its last build; absent where nobody builds. */
  readonly pastSteps?: (uri: string) => Promise<readonly PastStep[]>;
  /** Called after a build of a document. */
  readonly onPastSteps?: (listener: (uri: string) => void) => void;
  /** What documents may ask of the network from now on; until then: images that they name. */
  setAccess(access: (uri: string) => NetworkAccess): void;
  /** The store that a derivation document lies in; undefined where there is no file system. */
  store(uri: string): StoreReader | undefined;
}
