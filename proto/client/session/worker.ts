/**
 * The session's thread (`dist/session-worker.js`). Its connection and its event loop are its own,
 * so neither a flood of logs nor a stop in a debugger makes the daemon miss its health checks.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { ConnectError } from '../connect-error';
import { serveGrpc } from '../grpc/grpc-server';
import { isWorkerOptions, type FromWorker } from './options';
import { sessionHandlers } from './services';
import { openTransport } from './transport';

async function main(port: MessagePort): Promise<void> {
  const tell = (message: FromWorker): void => port.postMessage(message);
  const options: unknown = workerData;
  if (!isWorkerOptions(options)) throw new Error('the session thread was started without options');
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

const port = parentPort;
if (port !== null) {
  main(port).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const problem =
      error instanceof ConnectError
        ? { problem: { kind: error.problem, detail: error.detail } }
        : {};
    const failed: FromWorker = { type: 'failed', message, ...problem };
    port.postMessage(failed);
    port.close();
  });
}
