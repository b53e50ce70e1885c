/**
 * Typed gRPC calls: promises and async iterables, cancelled by AbortSignal, failing with
 * {@link BuildkitError} only.
 */
import type { Init, Method } from '../wire/message';
import { BuildkitError, buildkitErrorOf, Code } from './buildkit-error';
import type { GrpcCall, GrpcCallOptions, GrpcClient } from './grpc/grpc-client';

export type CallOptions = GrpcCallOptions;

/** A stream in both directions. */
export type Duplex<Request extends object, Response extends object> = {
  /** Resolves once the transport has room for more. */
  write(message: Init<Request>): Promise<void>;
  /** Says that nothing more will be written. */
  end(): void;
  cancel(): void;
  readonly messages: AsyncIterable<Response>;
};

export class Rpc {
  constructor(private readonly client: GrpcClient) {}

  async unary<Request extends object, Response extends object>(
    method: Method<Request, Response, 'unary'>,
    request: Init<Request>,
    options: CallOptions = {},
  ): Promise<Response> {
    const call = this.ask(method.path, method.request.encode(request), options);
    let response: Response | undefined;
    // To its end: a failure comes after the answer.
    for await (const message of decoded(call, method)) response = message;
    if (response === undefined) throw new BuildkitError(Code.unknown, 'empty answer');
    return response;
  }

  /** The call starts at once, whether or not the iterable is read yet. */
  serverStream<Request extends object, Response extends object>(
    method: Method<Request, Response, 'serverStream'>,
    request: Init<Request>,
    options: CallOptions = {},
  ): AsyncIterable<Response> {
    const call = this.ask(method.path, method.request.encode(request), options);
    return { [Symbol.asyncIterator]: () => decoded(call, method) };
  }

  bidi<Request extends object, Response extends object>(
    method: Method<Request, Response, 'bidi'>,
    options: CallOptions = {},
  ): Duplex<Request, Response> {
    const call = this.client.call(method.path, options);
    return {
      write: async (message) => {
        try {
          await call.write(method.request.encode(message));
        } catch (error) {
          throw buildkitErrorOf(error);
        }
      },
      end: () => call.end(),
      cancel: () => call.cancel(),
      messages: { [Symbol.asyncIterator]: () => decoded(call, method) },
    };
  }

  /** A call with one message from us. */
  private ask(path: string, request: Uint8Array, options: CallOptions): GrpcCall {
    const call = this.client.call(path, options);
    // Whoever reads the answer hears of a failure.
    call.write(request).catch(() => undefined);
    call.end();
    return call;
  }
}

async function* decoded<Response extends object>(
  call: GrpcCall,
  { response }: Pick<Method<object, Response, 'unary' | 'serverStream' | 'bidi'>, 'response'>,
): AsyncGenerator<Response, void, undefined> {
  try {
    for await (const bytes of call.messages) yield response.decode(bytes);
  } catch (error) {
    throw buildkitErrorOf(error);
  }
}
