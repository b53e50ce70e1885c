/**
 * Registries by the OCI distribution API: reads manifests, blobs and lists of tags, writes manifests.
 *
 * Logins and tokens are asked for when a registry demands them and are kept as long as they live.
 * A mirror that has no answer is passed over; the registry's own answer counts.
 */
import { createHash } from 'node:crypto';
import { isObject, textAt, type Env } from '../docker-config';
import { parseChallenge, type Challenge } from './challenge';
import { anonymous, registryCredentials, type Credentials } from './credentials';
import { endpointsOf, type Mirrors } from './hosts';
import { exchange, jsonOf, retryAfterOf, type HttpAnswer, type HttpRequest } from './http';
import { RegistryError, type RegistryProblem } from './registry-error';
import { basicAuthorization, fetchToken } from './token';

export type RegistryOptions = {
  /** Where Docker's configuration and helpers are found. */
  readonly env: Env;
  /** False: no login is read and no credential helper runs. */
  readonly logins: boolean;
  /** Asked for each look-up; default: none. */
  readonly mirrors?: () => Promise<Mirrors>;
  /** Milliseconds without a byte before a registry counts as unreachable; default 30 s. */
  readonly idleTimeout?: number;
};

export type Manifest = {
  /** sha256 of the bytes. */
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
};

/** A repository in a registry: `docker.io` and `library/alpine`. */
export type Repository = { readonly domain: string; readonly path: string };

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Pages of tags that are read before a list is cut. */
const maxPages = 20;
/** Milliseconds by which a token is renewed before its end. */
const tokenMargin = 5_000;

type Question = Pick<HttpRequest, 'method' | 'body' | 'signal' | 'take'> & {
  /** Below the repository. */
  readonly path: string;
  /** What a token must allow: `pull` or `pull,push`. */
  readonly actions: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Tells a mirror of many registries which one is meant. */
  readonly namespace?: string;
};

type Authorization = { readonly header: string; readonly until: number };

export class Registry {
  /** By host and scope. */
  private readonly authorizations = new Map<string, Authorization>();

  constructor(private readonly options: RegistryOptions) {}

  /**
   * @param reference a tag, or a digest that the bytes must have
   * @throws RegistryError
   */
  async manifest(
    repository: Repository,
    reference: string,
    signal?: AbortSignal,
  ): Promise<Manifest> {
    const { body, headers } = await this.get(
      repository,
      `manifests/${reference}`,
      manifestTypes,
      signal,
    );
    const digest = verify(repository, body, reference.includes(':') ? reference : undefined);
    const declared = textAt(parse(body), 'mediaType');
    const mediaType = declared ?? headers['content-type']?.replace(/;.*$/, '').trim() ?? '';
    return { digest, mediaType, bytes: body };
  }

  /** @throws RegistryError, also when the bytes do not have the digest */
  async blob(repository: Repository, digest: string, signal?: AbortSignal): Promise<Buffer> {
    const { body } = await this.get(repository, `blobs/${digest}`, '*/*', signal);
    verify(repository, body, digest);
    return body;
  }

  /**
   * A blob of any size, piece by piece.
   * @param open takes it; called anew for each source that is tried
   * @returns what the last one came to, whose bytes have the digest
   * @throws RegistryError, also when they do not; what the taker throws says nothing of its own
   */
  async streamBlob<T extends { readonly push: (piece: Buffer) => Promise<void> }>(
    repository: Repository,
    digest: string,
    open: () => T,
    signal?: AbortSignal,
  ): Promise<T> {
    const algorithm = algorithmOf(digest);
    let taker = open();
    let hash = createHash(algorithm);
    const take = () => {
      taker = open();
      hash = createHash(algorithm);
      return async (piece: Buffer): Promise<void> => {
        hash.update(piece);
        await taker.push(piece);
      };
    };
    await this.get(repository, `blobs/${digest}`, '*/*', signal, take);
    confirm(repository, `${algorithm}:${hash.digest('hex')}`, digest);
    return taker;
  }

  /**
   * The tags of a repository in the registry's order, at most a few thousand.
   * @throws RegistryError
   */
  async tags(repository: Repository, signal?: AbortSignal): Promise<string[]> {
    const tags: string[] = [];
    let path: string | undefined = 'tags/list?n=1000';
    for (let page = 0; page < maxPages && path !== undefined; page++) {
      const answer: HttpAnswer = await this.get(repository, path, 'application/json', signal);
      const value = jsonOf(answer);
      const names = isObject(value) ? value['tags'] : undefined;
      if (Array.isArray(names)) {
        tags.push(...names.filter((name): name is string => typeof name === 'string'));
      }
      path = nextPage(answer);
    }
    return tags;
  }

  /**
   * Stores a manifest under a tag or its digest; what it names must be there already.
   * @throws RegistryError
   */
  async putManifest(
    repository: Repository,
    reference: string,
    manifest: { readonly mediaType: string; readonly text: string },
    signal?: AbortSignal,
  ): Promise<void> {
    const own = endpointsOf(repository.domain).pop();
    if (own === undefined) throw new RegistryError('unreachable', 'there is no registry to ask');
    await this.ask(own, repository, {
      path: `manifests/${reference}`,
      actions: 'pull,push',
      method: 'PUT',
      headers: { 'content-type': manifest.mediaType },
      body: manifest.text,
      signal,
    });
  }

  private async get(
    repository: Repository,
    path: string,
    accept: string,
    signal: AbortSignal | undefined,
    take?: HttpRequest['take'],
  ): Promise<HttpAnswer> {
    const question = { path, actions: 'pull', headers: { accept }, signal, take };
    const endpoints = endpointsOf(repository.domain, await this.options.mirrors?.());
    const own = endpoints.pop();
    for (const mirror of endpoints) {
      try {
        return await this.ask(mirror, repository, { ...question, namespace: repository.domain });
      } catch (error) {
        if (error instanceof RegistryError && error.problem === 'cancelled') throw error;
      }
    }
    if (own === undefined) throw new RegistryError('unreachable', 'there is no registry to ask');
    return this.ask(own, repository, question);
  }

  private async ask(
    endpoint: URL,
    repository: Repository,
    { path, actions, namespace, headers, ...request }: Question,
  ): Promise<HttpAnswer> {
    const base = endpoint.pathname.replace(/\/*$/, '');
    const url = new URL(`${base}/v2/${repository.path}/${path}`, endpoint);
    if (namespace !== undefined) url.searchParams.set('ns', namespace);
    const scope = `repository:${repository.path}:${actions}`;
    const key = `${endpoint.host} ${scope}`;
    const send = (authorization: string | undefined) =>
      exchange(url, {
        ...request,
        headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
        ...(this.options.idleTimeout === undefined
          ? {}
          : { idleTimeout: this.options.idleTimeout }),
      });
    const known = this.authorizations.get(key);
    const fresh = known !== undefined && known.until > Date.now() ? known.header : undefined;
    const first = await send(fresh);
    if (first.status !== 401) return checked(endpoint, repository, path, first);
    const challenge = parseChallenge(first.headers['www-authenticate']);
    if (challenge === undefined) return checked(endpoint, repository, path, first);
    const authorization = await this.authorize(endpoint, challenge, scope, request.signal);
    if (authorization === undefined) return checked(endpoint, repository, path, first);
    this.authorizations.set(key, authorization);
    return checked(endpoint, repository, path, await send(authorization.header));
  }

  /** Undefined when the registry wants a login and there is none. */
  private async authorize(
    endpoint: URL,
    challenge: Challenge,
    scope: string,
    signal: AbortSignal | undefined,
  ): Promise<Authorization | undefined> {
    const credentials = await this.credentials(endpoint.host);
    if (challenge.scheme === 'basic') {
      if (credentials.username === '') return undefined;
      return { header: basicAuthorization(credentials), until: Number.MAX_SAFE_INTEGER };
    }
    const { realm, service } = challenge;
    const scopes = [...new Set([scope, ...challenge.scopes])].sort();
    const asked = Date.now();
    const { token, expiresIn } = await fetchToken({ realm, service, scopes, credentials }, signal);
    return { header: `Bearer ${token}`, until: asked + expiresIn * 1000 - tokenMargin };
  }

  private credentials(host: string): Promise<Credentials> {
    return this.options.logins
      ? registryCredentials(host, this.options.env)
      : Promise.resolve(anonymous);
  }
}

const problems = new Map<number, RegistryProblem>([
  [401, 'unauthorized'],
  [403, 'unauthorized'],
  [404, 'not-found'],
  [429, 'rate-limited'],
]);

/** @throws RegistryError for anything but success, with the registry's own words where it has some */
function checked(
  endpoint: URL,
  repository: Repository,
  path: string,
  answer: HttpAnswer,
): HttpAnswer {
  const { status } = answer;
  if (status === 200 || status === 201) return answer;
  const problem = problems.get(status) ?? 'server';
  const said = words(jsonOf(answer));
  const what = `${repository.path}/${path}`.replace(/\?.*$/, '');
  throw new RegistryError(
    problem,
    `${endpoint.host} answered ${status} for ${what}${said === undefined ? '' : `: ${said}`}`,
    status,
    retryAfterOf(answer),
  );
}

/** `{"errors": [{"code", "message"}]}` */
function words(value: unknown): string | undefined {
  const errors = isObject(value) ? value['errors'] : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return textAt(first, 'message') ?? textAt(first, 'code');
}

function verify(repository: Repository, bytes: Buffer, expected: string | undefined): string {
  const algorithm = algorithmOf(expected);
  const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  if (expected !== undefined) confirm(repository, digest, expected);
  return digest;
}

const algorithmOf = (digest: string | undefined): 'sha256' | 'sha512' =>
  digest?.startsWith('sha512:') === true ? 'sha512' : 'sha256';

function confirm(repository: Repository, digest: string, expected: string): void {
  if (expected === digest) return;
  throw new RegistryError(
    'server',
    `${repository.domain}/${repository.path}: the content of ${expected} has the digest ${digest}`,
  );
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** `Link: </v2/x/tags/list?last=a&n=1000>; rel="next"` */
function nextPage({ headers }: HttpAnswer): string | undefined {
  const link = headers['link'];
  const text = Array.isArray(link) ? link.join(',') : link;
  const query = /<[^>?]*\?([^>]*)>\s*;\s*rel="?next"?/i.exec(text ?? '')?.[1];
  return query === undefined ? undefined : `tags/list?${query}`;
}
