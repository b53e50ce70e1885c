/**
 * A small gRPC server on one connection that is open already.
 *
 * It works on HTTP/2 directly because BuildKit repeats metadata keys, whose values Node joins
 * with ", ", which cannot be told from a comma inside a file name. Only what BuildKit uses is here:
 * no compression, no deadlines, no keepalive of its own.
 */
import {
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { framed } from './framing';
import { MessageReader } from './message-reader';
import { StatusCode } from './status-code';

/** A failure with its gRPC status; other errors become `unknown` with their message. */
export class RpcStatus extends Error {
  override readonly name = 'RpcStatus';

  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export type ServerCall = {
  /** All values of a metadata key, in order; keys are lower case. */
  metadata(key: string): string[];
  readonly messages: AsyncIterable<Uint8Array>;
  /** Sends messages; resolves when the transport has room for more, rejects when it is gone. */
  send(messages: readonly Uint8Array[]): Promise<void>;
};

export type Handler = (call: ServerCall) => Promise<void>;

export type GrpcServerOptions = {
  /** By path, e.g. `/grpc.health.v1.Health/Check`. */
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly onFailure: (path: string, error: unknown) => void;
  readonly onClose: (reason: string) => void;
};

/** Room for each call's unread bytes; HTTP/2's own 64 KiB would make uploads wait. */
const windowSize = 1024 * 1024;

export type GrpcServer = { close(): void };

export function serveGrpc(connection: Duplex, options: GrpcServerOptions): GrpcServer {
  const session = openSession(connection);
  session.on(
    'stream',
    (stream: ServerHttp2Stream, _headers: unknown, _flags: number, rawHeaders: string[]) => {
      void answer(stream, rawHeaders, options);
    },
  );
  let reason = 'the daemon closed the session';
  session.on('error', (error: Error) => {
    reason = error.message;
  });
  session.once('close', () => {
    connection.destroy();
    options.onClose(reason);
  });
  return {
    close: () => {
      reason = 'closed';
      session.close();
      session.destroy();
    },
  };
}

/** BuildKit sends each line of a `.dockerignore` as a header; Node would take 128 of them, 64 KiB. */
const mostHeaders = 1_000_000;
const largestHeaders = 16 * 1024 * 1024;

function openSession(connection: Duplex): ServerHttp2Session {
  return performServerHandshake(connection, {
    settings: { initialWindowSize: windowSize, maxHeaderListSize: largestHeaders },
    maxHeaderListPairs: mostHeaders,
  });
}

async function answer(
  stream: ServerHttp2Stream,
  rawHeaders: readonly string[],
  { handlers, onFailure }: GrpcServerOptions,
): Promise<void> {
  const path = valuesOf(rawHeaders, ':path')[0] ?? '';
  // A stream that breaks is noticed by whoever reads or writes it.
  stream.on('error', () => undefined);
  try {
    const handler = handlers.get(path);
    if (handler === undefined) {
      throw new RpcStatus(StatusCode.unimplemented, `${path} is not served by this session`);
    }
    const reader = new MessageReader(stream);
    await handler({
      metadata: (key) => metadataValues(rawHeaders, key),
      messages: reader.messages(),
      send: (messages) => send(stream, messages),
    });
    finish(stream, StatusCode.ok, '');
  } catch (error) {
    const code = error instanceof RpcStatus ? error.code : StatusCode.unknown;
    const message = error instanceof Error ? error.message : String(error);
    onFailure(path, error);
    finish(stream, code, message);
  }
}

function respond(stream: ServerHttp2Stream): void {
  if (stream.headersSent || stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
}

function send(stream: ServerHttp2Stream, messages: readonly Uint8Array[]): Promise<void> {
  respond(stream);
  return new Promise((resolve, reject) => {
    stream.write(framed(messages), (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function finish(stream: ServerHttp2Stream, code: number, message: string): void {
  if (stream.destroyed) return;
  respond(stream);
  stream.once('wantTrailers', () => {
    stream.sendTrailers({
      'grpc-status': String(code),
      ...(message !== '' && { 'grpc-message': encodeURIComponent(message) }),
    });
  });
  stream.end();
  // What the daemon may still send is read and dropped, or the stream would never close.
  stream.resume();
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === name) values.push(rawHeaders[index + 1] ?? '');
  }
  return values;
}

/** BuildKit escapes non-ASCII values like URL queries and says so in `KEY-encoded`. */
function metadataValues(rawHeaders: readonly string[], key: string): string[] {
  const values = valuesOf(rawHeaders, key);
  const [encoded] = valuesOf(rawHeaders, `${key}-encoded`);
  if (encoded === undefined || !/^(1|t|true)$/i.test(encoded)) return values;
  return values.map((value) => {
    try {
      return decodeURIComponent(value.replaceAll('+', ' '));
    } catch {
      // Go's decoder gives an empty text for what cannot be decoded; it matches nothing.
      return '';
    }
  });
}
