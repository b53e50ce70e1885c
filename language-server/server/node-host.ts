/** The language server's machine when it runs in Node: files, the image cache, the client's builder. */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheFolder, thisHost } from '../../proto/client/cache-folder';
import type { NetworkAccess } from '../../proto/messages/language-server';
import { offlineResolver } from '../dockerfile';
import type { ServerHost } from '../host';
import { hadolintUserFiles } from './hadolint-user-files';
import { goArchitecture } from './go-architecture';
import { ImageCache } from './image-cache';
import { builderSource, type AskDaemon } from './builder-source';
import { ImageLookup } from './image-lookup';
import { ImageNames } from './image-names';
import { PastSteps } from './past-steps';
import { registrySource } from './registry-source';
import { shellcheckProgram } from './shellcheck-program';
import { SmallFiles } from './small-files';
import { fileStoreReader } from './store-reader';

/** What an editor permits that says nothing about it. */
const defaultAccess: NetworkAccess = { network: 'named', trusted: true };

/** @param past what the client remembers of builds; default: nothing */
export function nodeHost(
  ask: AskDaemon | undefined,
  warn: (message: string) => void,
  past = new PastSteps(() => Promise.resolve([])),
): ServerHost {
  const texts = new SmallFiles();
  const cache = new ImageCache(join(cacheFolder(thisHost()), 'images'));
  let access: (uri: string) => NetworkAccess = () => defaultAccess;
  const registry = registrySource(process.env, (uri) => access(uri));
  const sources = [...(ask === undefined ? [] : [builderSource(ask)]), registry];
  const names = new ImageNames(process.env, (uri) => access(uri));
  const images = new ImageLookup(cache, offlineResolver(), sources, warn);
  const hadolintFiles = hadolintUserFiles(thisHost()).map((path) => pathToFileURL(path).href);
  return {
    buildPlatforms: [`linux/${goArchitecture(process.arch)}`],
    readText: async (uri) => {
      if (!uri.startsWith('file:')) return undefined;
      try {
        return await texts.read(fileURLToPath(uri));
      } catch {
        return undefined; // A URI that no path belongs to.
      }
    },
    listFolder: async (uri) => {
      if (!uri.startsWith('file:')) return [];
      try {
        const entries = await readdir(fileURLToPath(uri), { withFileTypes: true });
        return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
      } catch {
        return [];
      }
    },
    hadolintFiles: (uri) => (access(uri).trusted ? hadolintFiles : []),
    shellcheck: shellcheckProgram((uri) => access(uri)),
    imageTags: (uri, image) => names.tags(uri, image),
    searchImages: (uri, text) => names.search(uri, text),
    images: (uri) => images.resolverFor(uri),
    onImagesKnown: (listener) => images.onKnown(listener),
    forgetImages: (uri) => images.drop(uri),
    pastSteps: (uri) => past.of(uri),
    onPastSteps: (listener) => past.onChange(listener),
    setAccess: (next) => {
      access = next;
      images.retry();
    },
    store: (uri) =>
      uri.startsWith('file:') ? fileStoreReader([dirname(fileURLToPath(uri))]) : undefined,
  };
}
