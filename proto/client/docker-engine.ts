/**
 * The few requests to a Docker Engine's own API that a build needs: taking an image from an archive,
 * pushing an image, asking how large one is.
 */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BuilderAddress } from './address';
import { dialSocket, encryption } from './dial';
import { arrayOf, either, isNull, isNumber, isString, object } from '../messages/validate';
import { textAt } from './docker-config';

/** An address that is a Docker Engine's. */
export type EngineAddress = Extract<BuilderAddress, { kind: 'docker-unix' | 'docker-tcp' }>;

/** The engine refused; the message is its own. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

type Call = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
};

/** Takes an image archive as `docker load` does. @throws EngineError */
export async function loadImage(
  address: EngineAddress,
  archive: AsyncIterable<Uint8Array>,
): Promise<void> {
  const response = await call(address, {
    method: 'POST',
    path: '/images/load?quiet=1',
    headers: { 'content-type': 'application/x-tar' },
    body: archive,
  });
  failOnError(await text(response));
}

/** An image archive as `docker save` writes it. @throws EngineError when there is no such image */
export async function saveImage(
  address: EngineAddress,
  name: string,
  signal?: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  return call(address, {
    method: 'GET',
    path: `/images/${encodeURIComponent(name)}/get`,
    signal,
  });
}

export type EngineImage = {
  /** Bytes in the engine's store. */
  readonly size: number;
  /** Under which it is known: its own, and those of the repositories that it came from. */
  readonly digests: readonly string[];
};

/** What the engine's store knows of an image; undefined when it has none of that name. */
export async function engineImage(
  address: EngineAddress,
  name: string,
): Promise<EngineImage | undefined> {
  let answer: unknown;
  try {
    const path = `/images/${encodeURIComponent(name)}/json`;
    answer = JSON.parse(await text(await call(address, { method: 'GET', path })));
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
  if (!isInspectedImage(answer)) return undefined;
  const { Id, RepoDigests, Size } = answer;
  return {
    size: Size,
    digests: [Id, ...(RepoDigests ?? []).map((each) => each.replace(/^.*@/, ''))],
  };
}

const isInspectedImage = object<{
  readonly Id: string;
  readonly Size: number;
  readonly RepoDigests?: readonly string[] | null;
}>({ Id: isString, Size: isNumber }, { RepoDigests: either(isNull, arrayOf(isString)) });

export type PushLogin = { readonly username: string; readonly secret: string };

/** Pushes an image that the engine has. @param host the registry's @throws EngineError */
export async function pushImage(
  address: EngineAddress,
  image: { readonly repository: string; readonly tag: string; readonly host: string },
  { username, secret }: PushLogin,
  signal?: AbortSignal,
): Promise<void> {
  const login =
    username === ''
      ? { identitytoken: secret, serveraddress: image.host }
      : { username, password: secret, serveraddress: image.host };
  const response = await call(address, {
    method: 'POST',
    path: `/images/${image.repository}/push?tag=${encodeURIComponent(image.tag)}`,
    headers: { 'x-registry-auth': Buffer.from(JSON.stringify(login)).toString('base64url') },
    signal,
  });
  failOnError(await text(response));
}

/** Progress comes as JSON lines; a failure is one of them, under a good status. */
function failOnError(lines: string): void {
  for (const line of lines.split('\n')) {
    if (line.trim() === '') continue;
    const said: unknown = JSON.parse(line);
    const error = textAt(said, 'error');
    if (error !== undefined) throw new EngineError(error);
  }
}

async function call(address: EngineAddress, what: Call): Promise<IncomingMessage> {
  const encrypt = await encryption(address, ['http/1.1']);
  const socket = await encrypt(await dialSocket(address, what.signal));
  const asked = request({
    createConnection: () => socket,
    method: what.method,
    path: what.path,
    headers: { host: 'docker', connection: 'close', ...what.headers },
    ...(what.signal === undefined ? {} : { signal: what.signal }),
  });
  const answered: Promise<unknown[]> = once(asked, 'response');
  // Whoever waits for the answer hears of a broken connection.
  answered.catch(() => undefined);
  if (what.body === undefined) asked.end();
  else await pipeline(Readable.from(what.body), asked);
  const [response] = await answered;
  if (!isResponse(response)) throw new EngineError('the Docker Engine gave no answer');
  const { statusCode = 0 } = response;
  if (statusCode >= 400) throw new EngineError(reason(await text(response), statusCode));
  return response;
}

function isResponse(value: unknown): value is IncomingMessage {
  return typeof value === 'object' && value !== null && 'statusCode' in value;
}

function reason(body: string, status: number): string {
  try {
    const said: unknown = JSON.parse(body);
    return textAt(said, 'message') ?? `the Docker Engine answered ${status}`;
  } catch {
    return `the Docker Engine answered ${status}`;
  }
}

async function text(response: IncomingMessage): Promise<string> {
  let all = '';
  response.setEncoding('utf8');
  const pieces: AsyncIterable<unknown> = response;
  for await (const piece of pieces) all += String(piece);
  return all;
}
