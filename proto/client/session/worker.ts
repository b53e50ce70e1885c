/**
 * The thread of sessions (`dist/session-worker.js`). Connections and the event loop are its own,
 * so neither a flood of logs nor a stop in a debugger makes the daemon miss its health checks.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { ConnectError } from '../connect-error';
import { serveGrpc } from '../grpc/grpc-server';
import type { FromWorker, ToWorker, WorkerOptions } from './options';
import { sessionHandlers } from './services';
import { openTransport } from './transport';

async function main(port: MessagePort, options: WorkerOptions): Promise<void> {
  const tell = (message: FromWorker): void => port.postMessage(message);
  const handlers = sessionHandlers(options, (event) => {
    tell({ type: 'event', event });
  });
  const transport = await openTransport(options, [...handlers.keys()]);
  const server = serveGrpc(transport.connection, {
    handlers,
    onFailure: (method, error) => {
      const message = error instanceof Error ? error.message : String(error);
      tell({ type: 'event', event: { type: 'refused', method, message } });
    },
    onClose: (reason) => {
      transport.close();
      tell({ type: 'closed', reason });
      port.close();
    },
  });
  port.on('message', () => {
    server.close();
  });
  tell({ type: 'ready' });
}

/** The thread may be started before it is known what it is to do; each message is one session. */
parentPort?.on('message', ({ options, port }: ToWorker) => {
  main(port, options).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    const problem =
      error instanceof ConnectError
        ? { problem: { kind: error.problem, detail: error.detail } }
        : {};
    const failed: FromWorker = { type: 'failed', message: text, ...problem };
    port.postMessage(failed);
    port.close();
  });
});
