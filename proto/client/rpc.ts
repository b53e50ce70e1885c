/**
 * Typed gRPC calls over grpc-js: promises and async iterables, cancelled by AbortSignal, failing
 * with {@link BuildkitError} only.
 */
import { Metadata, type Client } from '@grpc/grpc-js';
import type { Init, Method } from '../wire/message';
import { BuildkitError, buildkitErrorOf, Code } from './buildkit-error';

export type CallOptions = {
  /** Gives the call up; it then fails with code CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Milliseconds after which the call fails with DEADLINE_EXCEEDED; default: never. */
  readonly timeout?: number | undefined;
};

/** A stream in both directions. */
export type Duplex<Request extends object, Response extends object> = {
  /** Resolves once the transport has room for more. */
  write(message: Init<Request>): Promise<void>;
  /** Says that nothing more will be written. */
  end(): void;
  cancel(): void;
  readonly messages: AsyncIterable<Response>;
};

type Cancellable = { cancel(): void };

export class Rpc {
  constructor(private readonly client: Client) {}

  unary<Request extends object, Response extends object>(
    method: Method<Request, Response, 'unary'>,
    request: Init<Request>,
    options: CallOptions = {},
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted) {
        reject(cancelled());
        return;
      }
      const call = this.client.makeUnaryRequest(
        method.path,
        serializer(method),
        deserializer(method),
        request,
        metadataOf(options),
        callOptions(options),
        (error, response) => {
          release();
          if (error) reject(buildkitErrorOf(error));
          else if (response === undefined) reject(new BuildkitError(Code.unknown, 'empty answer'));
          else resolve(response);
        },
      );
      const release = cancelWith(call, options.signal);
    });
  }

  /** The call starts at once, whether or not the iterable is read yet. */
  serverStream<Request extends object, Response extends object>(
    method: Method<Request, Response, 'serverStream'>,
    request: Init<Request>,
    options: CallOptions = {},
  ): AsyncIterable<Response> {
    const call = this.client.makeServerStreamRequest(
      method.path,
      serializer(method),
      deserializer(method),
      request,
      metadataOf(options),
      callOptions(options),
    );
    return readAll<Response>(call, cancelWith(call, options.signal));
  }

  bidi<Request extends object, Response extends object>(
    method: Method<Request, Response, 'bidi'>,
    options: CallOptions = {},
  ): Duplex<Request, Response> {
    const call = this.client.makeBidiStreamRequest(
      method.path,
      serializer(method),
      deserializer(method),
      metadataOf(options),
      callOptions(options),
    );
    const messages = readAll<Response>(call, cancelWith(call, options.signal));
    return {
      write: (message) =>
        new Promise((resolve, reject) => {
          call.write(message, (error: Error | null | undefined) => {
            if (error) reject(buildkitErrorOf(error));
            else resolve();
          });
        }),
      end: () => {
        call.end();
      },
      cancel: () => {
        call.cancel();
      },
      messages,
    };
  }
}

function serializer<Request extends object>(
  method: Method<Request, object, 'unary' | 'serverStream' | 'bidi'>,
): (request: Init<Request>) => Buffer {
  return (request) => {
    const bytes = method.request.encode(request);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function deserializer<Response extends object>(
  method: Method<object, Response, 'unary' | 'serverStream' | 'bidi'>,
): (bytes: Buffer) => Response {
  return (bytes) => method.response.decode(bytes);
}

function metadataOf({ headers = {} }: CallOptions): Metadata {
  const metadata = new Metadata();
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === 'string' ? [values] : values) metadata.add(name, value);
  }
  return metadata;
}

function callOptions({ timeout }: CallOptions): { deadline?: number } {
  return timeout === undefined ? {} : { deadline: Date.now() + timeout };
}

function cancelled(): BuildkitError {
  return new BuildkitError(Code.cancelled, 'cancelled');
}

/** @returns a function that stops listening to the signal. */
function cancelWith(call: Cancellable, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined;
  const abort = (): void => {
    call.cancel();
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return () => {
    signal.removeEventListener('abort', abort);
  };
}

/** Leaving the loop early cancels the call. */
function readAll<Response>(
  call: AsyncIterable<Response> & Cancellable & NodeJS.EventEmitter,
  release: () => void,
): AsyncIterable<Response> {
  // A stream may fail before anybody reads it; the iteration then reports the failure.
  let failure: Error | undefined;
  call.on('error', (error: Error) => {
    failure = error;
  });
  return {
    async *[Symbol.asyncIterator]() {
      try {
        if (failure !== undefined) throw failure;
        yield* call;
      } catch (error) {
        throw buildkitErrorOf(error);
      } finally {
        release();
        call.cancel();
      }
    },
  };
}
