/**
 * A small gRPC client on one connection of the caller's making.
 *
 * It works on HTTP/2 directly, as the session's server does: BuildKit is reached through upgraded
 * sockets, TLS and pipes of programs, which a connection made outside carries without a detour, and
 * a command that lives for half a second cannot spend a third of it on loading a library. Only what
 * BuildKit uses is here: no compression, no retries, no balancing.
 */
import { setMaxListeners } from 'node:events';
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { framed } from './framing';
import { GrpcFailure } from './grpc-failure';
import { LongHeaders, settingsForLongHeaders, type LongValues } from './long-headers';
import { MessageReader } from './message-reader';
import { Silence } from './silence';
import { StatusCode } from './status-code';

export type GrpcCallOptions = {
  /** Gives the call up; it then fails with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Milliseconds after which the call fails with DEADLINE_EXCEEDED; default: never. */
  readonly timeout?: number | undefined;
};

export type GrpcCall = {
  /** Ends with the call; throws GrpcFailure when it fails. Leaving the loop early cancels it. */
  readonly messages: AsyncIterable<Uint8Array>;
  /** Resolves once the transport has room for more. Rejects with GrpcFailure. */
  write(message: Uint8Array): Promise<void>;
  /** Says that nothing more will be written. */
  end(): void;
  cancel(): void;
};

/** Opens a connection on which HTTP/2 can begin. */
export type Dial = () => Promise<Duplex>;

/** Room for unread bytes; HTTP/2's own 64 KiB would make transfers wait for the network. */
const windowSize = 1024 * 1024;
/** An error carries the text it complains about in its trailers; Go's clients allow as much. */
const largestHeaders = 16 * 1024 * 1024;

export class GrpcClient {
  private opening: Promise<ClientHttp2Session> | undefined;
  private session: ClientHttp2Session | undefined;
  /** The newest one, which {@link close} ends. */
  private connection: Duplex | undefined;
  private closed = false;

  constructor(
    private readonly dial: Dial,
    private readonly encrypted: boolean,
  ) {}

  /**
   * Connects unless connected, and waits until the other side has spoken HTTP/2. A connection that
   * was lost is made anew by the next call.
   * @throws what dialling was rejected with, or HTTP/2's error
   */
  async connect(): Promise<ClientHttp2Session> {
    if (this.closed) throw cancelled();
    const { session } = this;
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    this.opening ??= this.open().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  /** The call starts at once, whether or not its messages are read yet. */
  call(path: string, options: GrpcCallOptions = {}): GrpcCall {
    return new Call(() => this.connect(), path, options);
  }

  /** Ends every call. */
  close(): void {
    this.closed = true;
    this.session?.destroy();
    this.connection?.destroy();
  }

  private async open(): Promise<ClientHttp2Session> {
    const connection = await this.dial();
    if (this.closed) {
      connection.destroy();
      throw cancelled();
    }
    this.connection = connection;
    const longHeaders = new LongHeaders();
    const session = connect(`${this.encrypted ? 'https' : 'http'}://localhost`, {
      createConnection: () => longHeaders.on(connection),
      settings: {
        initialWindowSize: windowSize,
        maxHeaderListSize: largestHeaders,
        ...settingsForLongHeaders,
      },
      // The limit is for servers; reaching it only slows a client down. Megabytes.
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        const lost = () => reject(connection.errored ?? new Error('It closed the connection.'));
        session.once('remoteSettings', () => resolve());
        session.once('error', reject);
        session.once('close', lost);
        // A TLS server that refuses our certificate says so after the handshake, and HTTP/2 misses it.
        connection.once('error', reject);
        connection.once('close', lost);
        if (connection.destroyed) lost();
      });
    } catch (error) {
      session.destroy();
      connection.destroy();
      throw error;
    }
    // The calls under way learn of it; without a listener it would end the process.
    session.on('error', () => undefined);
    session.once('close', () => connection.destroy());
    connection.once('close', () => session.destroy());
    session.setLocalWindowSize(windowSize);
    // Only calls keep the process alive.
    session.unref();
    longHeadersOf.set(session, longHeaders);
    this.session = session;
    return session;
  }
}

const longHeadersOf = new WeakMap<ClientHttp2Session, LongHeaders>();

class Call implements GrpcCall {
  readonly messages: AsyncIterable<Uint8Array>;
  private readonly opened: Promise<ClientHttp2Stream>;
  private stream: ClientHttp2Stream | undefined;
  /** Why we gave it up, once we did. */
  private givenUp: GrpcFailure | undefined;
  private silence: Silence | undefined;
  private giveUp: (failure: GrpcFailure) => void = () => undefined;
  private outcome: Promise<GrpcFailure | undefined> = Promise.resolve(undefined);

  constructor(
    connect: () => Promise<ClientHttp2Session>,
    private readonly path: string,
    private readonly options: GrpcCallOptions,
  ) {
    this.opened = this.open(connect);
    // Whoever reads or writes hears of it.
    this.opened.catch(() => undefined);
    this.messages = { [Symbol.asyncIterator]: () => this.read() };
  }

  async write(message: Uint8Array): Promise<void> {
    const stream = await this.opened;
    await new Promise<void>((resolve, reject) => {
      stream.write(framed([message]), (error) => {
        if (error) reject(this.givenUp ?? unavailable(error));
        else resolve();
      });
    });
  }

  end(): void {
    this.opened.then(
      (stream) => stream.end(),
      () => undefined,
    );
  }

  cancel(): void {
    this.stop(cancelled());
  }

  private async open(connect: () => Promise<ClientHttp2Session>): Promise<ClientHttp2Stream> {
    const stopped = new Promise<never>((_, reject) => {
      this.giveUp = reject;
    });
    stopped.catch(() => undefined);
    const release = this.watch();
    try {
      const session = await Promise.race([stopped, connect()]);
      // The connection may have won while the call was being given up.
      if (this.givenUp !== undefined) throw this.givenUp;
      const stream = session.request({
        ':method': 'POST',
        ':path': this.path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'user-agent': 'llb-lens',
        ...mutable(this.options.headers),
      });
      this.stream = stream;
      stream.once('close', release);
      this.outcome = outcomeOf(stream, session);
      this.silence = holdWhile(session, stream);
      return stream;
    } catch (error) {
      release();
      throw unavailable(error);
    }
  }

  private async *read(): AsyncGenerator<Uint8Array> {
    const stream = await this.opened;
    try {
      try {
        for await (const message of new MessageReader(stream, Infinity).messages()) {
          this.silence?.heard();
          yield message;
        }
      } catch {
        // HTTP/2 tells only that the stream broke; the outcome tells why.
        stream.destroy();
      }
      const failure = this.givenUp ?? (await this.outcome);
      if (failure !== undefined) throw failure;
    } finally {
      this.stop(cancelled());
    }
  }

  /** The caller's signal and time limit. @returns a function that stops watching */
  private watch(): () => void {
    const { signal, timeout } = this.options;
    const abort = () => this.stop(cancelled());
    if (signal?.aborted === true) abort();
    if (signal !== undefined) {
      // One signal stops all calls of a build, and many run side by side.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', abort, { once: true });
    }
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => {
            this.stop(new GrpcFailure(StatusCode.deadlineExceeded, `no answer in ${timeout} ms`));
          }, timeout);
    return () => {
      signal?.removeEventListener('abort', abort);
      clearTimeout(timer);
    };
  }

  /** Ends the call if it goes on still. */
  private stop(failure: GrpcFailure): void {
    this.givenUp ??= failure;
    this.giveUp(failure);
    this.stream?.close(constants.NGHTTP2_CANCEL);
  }
}

/** The calls under way on a connection. */
type Held = { calls: number; readonly silence: Silence };
const held = new WeakMap<ClientHttp2Session, Held>();

/** An idle connection lets the process end; one with a call is watched. */
function holdWhile(session: ClientHttp2Session, stream: ClientHttp2Stream): Silence {
  const one = held.get(session) ?? { calls: 0, silence: new Silence(session) };
  held.set(session, one);
  one.calls += 1;
  if (one.calls === 1) {
    session.ref();
    one.silence.watch();
  }
  one.silence.heard();
  stream.once('response', () => one.silence.heard());
  stream.once('close', () => {
    one.calls -= 1;
    if (one.calls > 0) return;
    one.silence.rest();
    if (!session.destroyed) session.unref();
  });
  return one.silence;
}

/** How the call ended: undefined for a good end. */
function outcomeOf(
  stream: ClientHttp2Stream,
  session: ClientHttp2Session,
): Promise<GrpcFailure | undefined> {
  return new Promise((resolve) => {
    let status: number | undefined;
    const finish = (headers: IncomingHttpHeaders) => {
      resolve(failureOf(headers, longHeadersOf.get(session)?.take(stream.id)));
    };
    stream.once('response', (headers) => {
      status = headers[':status'];
      // An answer without a body says all in its first headers.
      if (headers['grpc-status'] !== undefined) finish(headers);
    });
    stream.once('trailers', finish);
    stream.once('close', () => resolve(brokenOff(stream, session, status)));
    // The reader reports it, in the words of the outcome.
    stream.on('error', () => undefined);
  });
}

function failureOf(
  short: IncomingHttpHeaders,
  long: LongValues | undefined,
): GrpcFailure | undefined {
  const headers = { ...short, ...long };
  const code = Number(one(headers['grpc-status']));
  if (code === StatusCode.ok) return undefined;
  const details = one(headers['grpc-status-details-bin']);
  return new GrpcFailure(
    Number.isInteger(code) ? code : StatusCode.unknown,
    decoded(one(headers['grpc-message']) ?? ''),
    details === undefined ? undefined : Buffer.from(details, 'base64'),
  );
}

/** A stream that ended without a status: what HTTP/2 says of it. */
function brokenOff(
  { rstCode }: ClientHttp2Stream,
  session: ClientHttp2Session,
  status: number | undefined,
): GrpcFailure {
  if (session.destroyed) return new GrpcFailure(StatusCode.unavailable, 'Connection dropped');
  const code = codeOfReset[rstCode];
  if (code !== undefined) {
    return new GrpcFailure(code, `the stream was reset (HTTP/2 code ${rstCode})`);
  }
  if (status !== undefined && status !== 200) {
    return new GrpcFailure(
      codeOfStatus[status] ?? StatusCode.unknown,
      `the server answered with HTTP status ${status}`,
    );
  }
  return new GrpcFailure(StatusCode.internal, 'the stream ended without a status');
}

/** From gRPC's document on HTTP/2: what a reset stream means. */
const codeOfReset: Readonly<Record<number, number>> = {
  [constants.NGHTTP2_CANCEL]: StatusCode.cancelled,
  [constants.NGHTTP2_REFUSED_STREAM]: StatusCode.unavailable,
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: StatusCode.resourceExhausted,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: StatusCode.permissionDenied,
  [constants.NGHTTP2_INTERNAL_ERROR]: StatusCode.internal,
  [constants.NGHTTP2_PROTOCOL_ERROR]: StatusCode.internal,
  [constants.NGHTTP2_FLOW_CONTROL_ERROR]: StatusCode.internal,
};

/** From gRPC's document on HTTP status codes. */
const codeOfStatus: Readonly<Record<number, number>> = {
  400: StatusCode.internal,
  401: StatusCode.unauthenticated,
  403: StatusCode.permissionDenied,
  404: StatusCode.unimplemented,
  429: StatusCode.unavailable,
  502: StatusCode.unavailable,
  503: StatusCode.unavailable,
  504: StatusCode.unavailable,
};

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

/** gRPC escapes what is not printable ASCII as URLs do; a text that is not so is taken as it is. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

function mutable(headers: GrpcCallOptions['headers'] = {}): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  );
}

function cancelled(): GrpcFailure {
  return new GrpcFailure(StatusCode.cancelled, 'cancelled');
}

function unavailable(error: unknown): GrpcFailure {
  if (error instanceof GrpcFailure) return error;
  const words = error instanceof Error ? error.message : String(error);
  return new GrpcFailure(StatusCode.unavailable, words);
}
