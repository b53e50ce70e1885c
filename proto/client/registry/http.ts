/**
 * One HTTP exchange with a registry or its token server.
 *
 * Answers are small (manifests, configs, tokens) and held in memory, up to a limit, unless somebody
 * takes them piece by piece. Redirects are
 * followed, and a login never goes to another host than the one it was meant for. The proxy is
 * that of the environment; like Go's client, loopback addresses are never proxied.
 */
import { request as requestPlain, type Agent, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { isLoopback } from './hosts';
import { RegistryError } from './registry-error';

export type HttpRequest = {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without any byte from the server; default 30 s. */
  readonly idleTimeout?: number;
  /** Bytes of the answer that are taken; default 8 MiB. */
  readonly largest?: number;
  /**
   * Takes the body of an answer with status 200, however large; the answer's own is empty then.
   * Called for each such answer anew; the next piece waits until it has taken one.
   */
  readonly take?: (() => BodyTaker) | undefined;
};

export type BodyTaker = (piece: Buffer) => Promise<void>;

export type HttpAnswer = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
};

const defaultIdleTimeout = 30_000;
const maxRedirects = 5;
/** Bytes; containerd refuses manifests above 4 MiB, and configs stay far below it. */
const maxBody = 8 * 1024 * 1024;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Resolves with any status.
 * @throws RegistryError `unreachable`, `cancelled`, or `server` for an answer that is too large
 */
export async function exchange(url: URL, request: HttpRequest = {}): Promise<HttpAnswer> {
  let target = url;
  let headers = request.headers ?? {};
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const answer = await once(target, { ...request, headers });
    const { location } = answer.headers;
    if (!redirects.has(answer.status) || location === undefined) return answer;
    const next = new URL(location, target);
    if (next.host !== target.host) {
      headers = Object.fromEntries(
        Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'),
      );
    }
    if (target.protocol === 'https:' && next.protocol !== 'https:') {
      throw new RegistryError('server', `${url.host} redirects from https to plain http`);
    }
    target = next;
  }
  throw new RegistryError('server', `${url.host} redirects without end`);
}

function once(url: URL, request: HttpRequest): Promise<HttpAnswer> {
  const { method = 'GET', headers, body, signal, idleTimeout = defaultIdleTimeout } = request;
  const { largest = maxBody, take } = request;
  const cancelled = () => new RegistryError('cancelled', 'The look-up was cancelled.');
  if (signal?.aborted === true) return Promise.reject(cancelled());
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      if (signal?.aborted === true) reject(cancelled());
      else if (error instanceof RegistryError) reject(error);
      else reject(new RegistryError('unreachable', `${url.host}: ${reasonOf(error)}`));
    };
    const agent = agentFor(url);
    const call = (url.protocol === 'https:' ? requestTls : requestPlain)(url, {
      method,
      ...(agent === undefined ? {} : { agent }),
      ...(signal === undefined ? {} : { signal }),
      headers: {
        'user-agent': 'llb-lens',
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      timeout: idleTimeout,
    });
    call.on('timeout', () => {
      call.destroy(new Error(`no answer within ${idleTimeout / 1000} s`));
    });
    call.on('error', fail);
    call.on('response', (response) => {
      const { statusCode = 0, headers: received } = response;
      if (take !== undefined && statusCode === 200) {
        const answer = { status: statusCode, headers: received, body: Buffer.alloc(0) };
        taken(response, take()).then(() => resolve(answer), fail);
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > largest) {
          call.destroy(new RegistryError('server', `${url.host} sent more than ${largest} bytes`));
        }
      });
      response.on('error', fail);
      response.on('end', () => {
        resolve({ status: statusCode, headers: received, body: Buffer.concat(chunks) });
      });
    });
    call.end(body);
  });
}

/** @throws what the connection or `take` throws */
async function taken(response: IncomingMessage, take: BodyTaker): Promise<void> {
  const pieces: AsyncIterable<Buffer> = response;
  for await (const piece of pieces) await take(piece);
}

function agentFor(url: URL): Agent | undefined {
  if (isLoopback(url.host)) return undefined;
  const proxy = getProxyForUrl(url);
  if (proxy === '') return undefined;
  return url.protocol === 'https:' ? new HttpsProxyAgent(proxy) : new HttpProxyAgent(proxy);
}

/** Node hides the reasons of a failed connection to several addresses one level down. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) {
    const reasons = error.errors.map((one) => (one instanceof Error ? one.message : String(one)));
    return [...new Set(reasons)].join('; ');
  }
  return error.message;
}

/** The JSON object of an answer; undefined when it is none. */
export function jsonOf({ body }: HttpAnswer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Seconds to wait by `Retry-After`, which is a number of seconds or a date. */
export function retryAfterOf({ headers }: HttpAnswer, now = Date.now()): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
