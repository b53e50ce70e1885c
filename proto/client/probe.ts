/** Tells on a fresh connection whether an HTTP/2 server answers, and if not, who does. */
import type { Duplex } from 'node:stream';
import type { BuilderAddress } from './address';
import { ConnectError } from './connect-error';
import { describeAnswer } from './dial';

/** HTTP/2's connection preface and an empty SETTINGS frame. */
const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const frameHeader = 9;
const settingsFrame = 4;

/** @throws ConnectError `not-buildkit` when something else answers. The socket is used up. */
export function probeHttp2(
  socket: Duplex,
  address: BuilderAddress,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const finish = (error?: Error): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('data', onData);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onAbort = (): void => {
      finish(new ConnectError('timeout', address, 'no answer'));
    };
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      if (received.length < frameHeader) return;
      if (received[3] === settingsFrame) finish();
      else finish(new ConnectError('not-buildkit', address, describe(received, address)));
    };
    if (socket.destroyed) {
      finish(socket.errored ?? closed(address));
      return;
    }
    socket.on('error', finish);
    socket.once('close', () => {
      finish(closed(address));
    });
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('data', onData);
    // An upgraded socket comes paused.
    socket.resume();
    socket.write(greeting);
  });
}

function closed(address: BuilderAddress): ConnectError {
  return new ConnectError('not-buildkit', address, 'It closed the connection.');
}

function describe(received: Buffer, address: BuilderAddress): string {
  const text = received.toString('latin1');
  if (text.startsWith('HTTP/1') && address.kind === 'unix') {
    return (
      'It is an HTTP server; if it is the socket of a Docker Engine, ' +
      `use docker+unix://${address.path}.`
    );
  }
  return text.startsWith('HTTP/1') ? describeAnswer(text) : 'It does not speak HTTP/2.';
}
