/**
 * Names and tags of images for completion, from registries.
 *
 * Tags are asked for with the network set to `named` or `search`, names of images with `search` only,
 * and neither in a workspace without trust. Answers are kept for a while, failures too, so that an
 * editor without a network is not slowed down by each key.
 */
import type { Env } from '../../proto/client/docker-config';
import { exchange, jsonOf } from '../../proto/client/registry/http';
import { configuredMirrors } from '../../proto/client/registry/configured-mirrors';
import { Registry } from '../../proto/client/registry/registry';
import type { NetworkAccess } from '../../proto/messages/language-server';
import { arrayOf, isString, object } from '../../proto/messages/validate';
import { parseNormalized } from '../dockerfile';
import type { FoundImage } from '../host';

/** Milliseconds that an answer counts, and that a failure is not tried again. */
const KEEP = 10 * 60_000;
const RETRY = 60_000;
/** Milliseconds that a completion waits for a registry. */
const PATIENCE = 3_000;

type HubImage = { readonly repo_name: string; readonly short_description?: string };
const isHubAnswer = object<{ readonly results: readonly HubImage[] }>({
  results: arrayOf(object<HubImage>({ repo_name: isString }, { short_description: isString })),
});

export class ImageNames {
  private readonly registry: Registry;
  private readonly answers = new Map<string, { readonly until: number; readonly value: unknown }>();

  constructor(
    env: Env,
    private readonly access: (uri: string) => NetworkAccess,
  ) {
    this.registry = new Registry({ env, logins: true, mirrors: () => configuredMirrors(env) });
  }

  /** The tags of an image that a document names; empty when nobody may or can be asked. */
  async tags(uri: string, image: string): Promise<readonly string[]> {
    const { network, trusted } = this.access(uri);
    if (network === 'off' || !trusted) return [];
    return this.kept(`tags ${image}`, isTags, [], (signal) =>
      this.registry.tags(parseNormalized(image), signal),
    );
  }

  /** Images of Docker Hub whose name holds the text. */
  async search(uri: string, text: string): Promise<readonly FoundImage[]> {
    const { network, trusted } = this.access(uri);
    if (network !== 'search' || !trusted) return [];
    return this.kept(`search ${text}`, isFound, [], async (signal) => {
      const query = `query=${encodeURIComponent(text)}&page_size=25`;
      const url = new URL(`https://hub.docker.com/v2/search/repositories/?${query}`);
      const json = jsonOf(await exchange(url, { signal }));
      if (!isHubAnswer(json)) return [];
      return json.results.map(({ repo_name, short_description = '' }) => ({
        name: repo_name.replace(/^library\//, ''),
        docs: short_description,
      }));
    });
  }

  private async kept<T>(
    key: string,
    isT: (value: unknown) => value is T,
    nothing: T,
    ask: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const known = this.answers.get(key);
    if (known !== undefined && known.until > Date.now()) {
      return isT(known.value) ? known.value : nothing;
    }
    try {
      const value = await ask(AbortSignal.timeout(PATIENCE));
      this.answers.set(key, { value, until: Date.now() + KEEP });
      return value;
    } catch {
      // No network, no such image, no login: there is nothing to offer, and no reason to interrupt.
      this.answers.set(key, { value: nothing, until: Date.now() + RETRY });
      return nothing;
    }
  }
}

const isTags = arrayOf(isString);
const isFound = arrayOf(object<FoundImage>({ name: isString, docs: isString }));
