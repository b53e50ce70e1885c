/**
 * The language server's machine when it runs in a browser: files come from the client, and nothing
 * else is asked, because registries do not answer pages and there are no programs.
 */
import type { Connection } from 'vscode-languageserver';
import {
  ListFolderRequest,
  ReadTextRequest,
  type ListFolderParams,
  type ListFolderResult,
  type ReadTextParams,
  type ReadTextResult,
} from '../../proto/messages/language-server';
import { offlineResolver } from '../dockerfile';
import type { ServerHost } from '../host';

export function browserHost(connection: Connection): ServerHost {
  const images = offlineResolver();
  return {
    // What a build would run on is not known here; it is what most builders are.
    buildPlatforms: ['linux/amd64'],
    readText: async (uri) => {
      const params: ReadTextParams = { uri };
      const { text } = await connection.sendRequest<ReadTextResult>(ReadTextRequest, params);
      return text ?? undefined;
    },
    listFolder: async (uri) => {
      const params: ListFolderParams = { uri };
      const result = await connection.sendRequest<ListFolderResult>(ListFolderRequest, params);
      return result.entries;
    },
    imageTags: () => Promise.resolve([]),
    searchImages: () => Promise.resolve([]),
    images: () => images,
    onImagesKnown: () => undefined,
    forgetImages: () => undefined,
    setAccess: () => undefined,
    store: () => undefined,
  };
}
