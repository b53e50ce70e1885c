/**
 * Bearer tokens from a registry's token server, as the distribution project specifies them.
 *
 * With a login, OAuth's POST is tried first, and the older GET where a server does not know POST;
 * without one, an anonymous GET. This is what BuildKit's own client does, so a session can answer
 * its `FetchToken` with it.
 */
import { isObject, textAt } from '../docker-config';
import type { Credentials } from './credentials';
import { exchange, jsonOf, retryAfterOf, type HttpAnswer } from './http';
import { RegistryError } from './registry-error';

export type TokenRequest = {
  /** The token server's address, from the registry's challenge. */
  readonly realm: string;
  /** Empty when the challenge names none. */
  readonly service: string;
  /** For example `repository:library/alpine:pull`. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials;
  readonly clientId?: string;
};

export type Token = {
  readonly token: string;
  /** Seconds from `issuedAt`, or from the answer where that is absent. */
  readonly expiresIn: number;
  /** Milliseconds since the epoch. */
  readonly issuedAt?: number;
};

/** Seconds a token lives when the server does not say: the specification's default. */
const defaultLifetime = 60;
/**
 * Statuses of servers that do not know POST: 404 (Google), 401 (Artifactory), 400 (Azure), and 405
 * for a login with a name.
 */
const postUnknown: ReadonlySet<number> = new Set([400, 401, 404]);

/** @throws RegistryError */
export async function fetchToken(request: TokenRequest, signal?: AbortSignal): Promise<Token> {
  const { credentials, realm } = request;
  if (credentials.registryToken !== undefined) {
    return { token: credentials.registryToken, expiresIn: defaultLifetime };
  }
  if (!/^https?:\/\//.test(realm) || !URL.canParse(realm)) {
    throw new RegistryError('server', `${JSON.stringify(realm)} is no address of a token server`);
  }
  if (credentials.secret === '') return tokenOf(realm, await byGet(request, signal));
  const posted = await byPost(request, signal);
  const unknown =
    postUnknown.has(posted.status) || (posted.status === 405 && credentials.username !== '');
  return tokenOf(realm, unknown ? await byGet(request, signal) : posted);
}

function byPost(request: TokenRequest, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  const { realm, service, scopes, credentials, clientId = 'llb-lens' } = request;
  const { username, secret } = credentials;
  const form = new URLSearchParams({
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    service,
    client_id: clientId,
    ...(username === ''
      ? { grant_type: 'refresh_token', refresh_token: secret }
      : { grant_type: 'password', username, password: secret }),
  });
  return exchange(new URL(realm), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: form.toString(),
    signal,
  });
}

function byGet(request: TokenRequest, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  const { realm, service, scopes, credentials } = request;
  const url = new URL(realm);
  if (service !== '') url.searchParams.append('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers =
    credentials.secret === '' ? undefined : { authorization: basicAuthorization(credentials) };
  return exchange(url, { ...(headers && { headers }), signal });
}

export function basicAuthorization({ username, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
}

function tokenOf(realm: string, answer: HttpAnswer): Token {
  const { host } = new URL(realm);
  const { status } = answer;
  if (status < 200 || status >= 400) {
    const problem =
      status === 401 || status === 403
        ? 'unauthorized'
        : status === 429
          ? 'rate-limited'
          : 'server';
    const words = answer.body.toString('utf8').trim().slice(0, 200);
    throw new RegistryError(
      problem,
      `the token server ${host} answered ${status}${words === '' ? '' : `: ${words}`}`,
      status,
      retryAfterOf(answer),
    );
  }
  const value = jsonOf(answer);
  const token = [textAt(value, 'access_token'), textAt(value, 'token')].find(
    (text) => text !== undefined && text !== '',
  );
  if (token === undefined || !isObject(value)) {
    throw new RegistryError('server', `the token server ${host} sent no token`, status);
  }
  const lifetime = value['expires_in'];
  const issued = Date.parse(textAt(value, 'issued_at') ?? '');
  return {
    token,
    expiresIn: typeof lifetime === 'number' && lifetime > 0 ? lifetime : defaultLifetime,
    ...(!Number.isNaN(issued) && { issuedAt: issued }),
  };
}
