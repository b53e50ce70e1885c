/** Serves debug sessions on a pair of streams or on TCP. */
import { createServer, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { DapConnection } from './connection';
import { handlersOf } from './handlers';
import { type AdapterOptions, DebugSession } from './session';

/** One session; resolves when the client has gone and nothing of its build is left. */
export async function serveDebugAdapter(
  input: Readable,
  output: Writable,
  options: AdapterOptions,
): Promise<void> {
  const session: DebugSession = new DebugSession(
    {
      event: (event, body) => connection.event(event, body),
      request: (command, args) => connection.request(command, args),
    },
    options,
  );
  const connection = new DapConnection(input, output, handlersOf(session));
  await Promise.race([connection.closed, session.left]);
  await session.end();
}

export type DebugAdapterServer = {
  readonly port: number;
  /** Ends all sessions and the server. */
  close(): Promise<void>;
};

/** Serves a session for each TCP connection, on loopback only. @param port 0 for any free one */
export function listenDebugAdapter(
  port: number,
  options: AdapterOptions,
): Promise<DebugAdapterServer> {
  const sockets = new Map<Socket, Promise<void>>();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    const served = serveDebugAdapter(socket, socket, options).finally(() => {
      sockets.delete(socket);
      socket.destroy();
    });
    sockets.set(socket, served);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: async () => {
          server.close();
          const ending = [...sockets.values()];
          for (const socket of sockets.keys()) socket.destroy();
          await Promise.all(ending);
        },
      });
    });
  });
}
