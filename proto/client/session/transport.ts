/**
 * The connection a session runs on. The daemon is the client on it and we serve.
 *
 * Docker gives it a connection of its own (`POST /session`), which carries the session's HTTP/2
 * as it is. A buildkitd only has `Control.Session`, a stream of byte messages inside gRPC.
 */
import { Duplex } from 'node:stream';
import { connect } from '../connect';
import type { Control } from '../control';
import type { Headers } from '../dial';
import { isDocker, openRoute } from '../route';
import type { CallOptions } from '../rpc';
import type { WorkerOptions } from './options';

export type Transport = { readonly connection: Duplex; close(): void };

/** @throws ConnectError, BuildkitError */
export async function openTransport(
  options: WorkerOptions,
  methods: readonly string[],
): Promise<Transport> {
  const { address } = options;
  if (isDocker(address)) {
    const route = await openRoute(address, options.env);
    try {
      const connection = await route.session(sessionHeaders(options, methods));
      return {
        connection,
        close: () => {
          connection.destroy();
          route.close();
        },
      };
    } catch (error) {
      route.close();
      throw error;
    }
  }
  const client = await connect(address, {
    env: options.env,
    timeout: options.connectTimeout,
  });
  const stream = client.control.session({ headers: metadata(sessionHeaders(options, methods)) });
  const connection = new ByteStream(stream);
  return {
    connection,
    close: () => {
      stream.cancel();
      client.close();
    },
  };
}

function sessionHeaders({ id, sharedKey }: WorkerOptions, methods: readonly string[]): Headers {
  return [
    ['X-Docker-Expose-Session-Uuid', id],
    ['X-Docker-Expose-Session-Name', 'llb-lens'],
    ['X-Docker-Expose-Session-Sharedkey', sharedKey],
    ...methods.map((method) => ['X-Docker-Expose-Session-Grpc-Method', method] as const),
  ];
}

function metadata(headers: Headers): CallOptions['headers'] {
  const grouped: Record<string, string[]> = {};
  for (const [name, value] of headers) (grouped[name.toLowerCase()] ??= []).push(value);
  return grouped;
}

type SessionStream = ReturnType<Control['session']>;

/** The byte messages of `Control.Session` as a stream of bytes, which HTTP/2 insists on. */
class ByteStream extends Duplex {
  private readonly incoming: AsyncIterator<{ readonly data: Uint8Array }>;

  constructor(private readonly stream: SessionStream) {
    super();
    this.incoming = stream.messages[Symbol.asyncIterator]();
  }

  override _read(): void {
    this.incoming.next().then(
      ({ done, value }) => {
        this.push(done === true ? null : value.data);
      },
      (error: unknown) => {
        this.destroy(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  override _write(data: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.stream.write({ data }).then(
      () => done(),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _final(done: () => void): void {
    this.stream.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.stream.cancel();
    done(error);
  }
}
