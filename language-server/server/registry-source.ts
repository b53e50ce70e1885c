/** The registry as a source of image metadata, as far as setting and trust allow it. */
import type { Env } from '../../proto/client/docker-config';
import { configuredMirrors } from '../../proto/client/registry/configured-mirrors';
import { Registry } from '../../proto/client/registry/registry';
import { RegistryError } from '../../proto/client/registry/registry-error';
import type { NetworkAccess } from '../../proto/messages/language-server';
import { parsePlatform } from '../dockerfile/names/platform';
import type { ImageAnswer, ImageSource } from './image-source';
import { resolveFromRegistry, sizeFromRegistry } from './registry-resolver';

/**
 * @param access asked for each look-up: nothing is sent, and no credential helper runs, in an
 * untrusted workspace or with the network off
 */
export function registrySource(env: Env, access: (uri: string) => NetworkAccess): ImageSource {
  const registry = new Registry({ env, logins: true, mirrors: () => configuredMirrors(env) });
  const mayAsk = (uri: string): boolean => {
    const { network, trusted } = access(uri);
    return network !== 'off' && trusted;
  };
  return {
    via: 'registry',
    downloadSize: async ({ uri, ref, platform }, signal) => {
      if (!mayAsk(uri)) return undefined;
      try {
        return await sizeFromRegistry(registry, ref, parsePlatform(platform), signal);
      } catch {
        return undefined; // The builder reaches it, this machine does not; nobody misses it.
      }
    },
    ask: async ({ uri, ref, platform }, signal) => {
      if (!mayAsk(uri)) return { outcome: 'offline' };
      try {
        const image = await resolveFromRegistry(registry, ref, parsePlatform(platform), signal);
        return { outcome: 'resolved', ...image };
      } catch (error) {
        return answerFor(ref, error);
      }
    },
  };
}

/** Only a registry that knows its repository may say that there is no such image. */
function answerFor(ref: string, error: unknown): ImageAnswer {
  if (error instanceof RegistryError && error.problem === 'not-found') {
    const reason = error.status === undefined ? error.message : 'not found';
    return {
      outcome: 'failed',
      message: `failed to resolve source metadata for ${ref}: ${ref}: ${reason}`,
    };
  }
  return { outcome: 'offline', reason: error instanceof Error ? error.message : String(error) };
}
